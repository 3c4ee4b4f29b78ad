import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import { field, key } from '../../../src/definition/builders.ts'
import type { MappingInput } from '../../../src/definition/transfer-input.ts'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import type { EngineName } from '../../../src/target/target.ts'
import { forEachEngine } from '../../support/engines.ts'
import { defineThings } from '../../support/things-transfer.ts'

/** A kind of column: its type on each engine, values that stand in it before, as SQL, and a value that a transfer brings. */
interface Kind {
  readonly types: Readonly<Record<EngineName, string>>
  readonly before: readonly (string | Partial<Record<EngineName, string>>)[]
  readonly brought: unknown
  readonly column: () => unknown
}

const each = (type: string) => ({ sqlite: type, postgres: type, mysql: type })
const TEXTS = ["''", "'a\ttab, a\nline, a \"quote\" and ''another'''", "'%  '", "'ünïcödé 😀'", "'NULL'", "'x'"]

const KINDS: Readonly<Record<string, Kind>> = {
  short: { types: each('varchar(60)'), before: TEXTS, brought: 'brought', column: () => field('short').text() },
  long: {
    types: { sqlite: 'text', postgres: 'text', mysql: 'longtext' },
    before: [...TEXTS, { postgres: "E'back\\\\slash \\\\N'", mysql: "'back\\\\slash \\\\N'", sqlite: "'back\\slash \\N'" }],
    brought: 'brought',
    column: () => field('long').text(),
  },
  fixed: {
    types: { sqlite: 'text', postgres: 'char(5)', mysql: 'char(5)' },
    before: ["'ab'", "'abcde'"],
    brought: 'zzzzz',
    column: () => field('fixed').text(),
  },
  big: {
    types: each('bigint'),
    before: ['9007199254740993', '-9223372036854775807', '0'],
    brought: 1,
    column: () => field('big').integer(),
  },
  amount: {
    types: { sqlite: 'text', postgres: 'numeric(24, 6)', mysql: 'decimal(24, 6)' },
    before: ["'123456789012345678.000001'", "'-0.500000'", "'0.000000'"],
    brought: '1.5',
    column: () => field('amount').decimal({ parse: true }),
  },
  ratio: {
    types: { sqlite: 'real', postgres: 'double precision', mysql: 'double' },
    before: ['0.1', '1e-300', '-12345678.87654321', '9007199254740993.0'],
    brought: 2.5,
    column: () => field('ratio').float(),
  },
  flag: {
    types: { sqlite: 'boolean', postgres: 'boolean', mysql: 'boolean' },
    before: [
      { sqlite: '1', postgres: 'true', mysql: '1' },
      { sqlite: '0', postgres: 'false', mysql: '0' },
    ],
    brought: true,
    column: () => field('flag').boolean(),
  },
  at: {
    types: { sqlite: 'datetime', postgres: 'timestamptz(3)', mysql: 'datetime(3)' },
    before: [
      { sqlite: "'1931-05-06T07:08:09.123Z'", postgres: "'1931-05-06T07:08:09.123Z'", mysql: "'1931-05-06 07:08:09.123'" },
      { sqlite: "'2024-02-29T23:59:59.999Z'", postgres: "'2024-02-29T23:59:59.999Z'", mysql: "'2024-02-29 23:59:59.999'" },
    ],
    brought: '2025-01-01T00:00:00.000Z',
    column: () => field('at').timestamp(),
  },
  day: { types: each('date'), before: ["'1969-12-31'", "'2024-02-29'"], brought: '2025-01-01', column: () => field('day').date() },
  doc: {
    types: { sqlite: 'text', postgres: 'jsonb', mysql: 'json' },
    before: [`'{"a":[1,2.5,null],"b":"ü"}'`, `'[]'`, `'"text"'`, `'null'`],
    brought: { now: true },
    column: () => field('doc').json(),
  },
  bytes: {
    types: { sqlite: 'blob', postgres: 'bytea', mysql: 'longblob' },
    before: [
      { sqlite: "x'00ff0a09'", postgres: "'\\x00ff0a09'", mysql: "x'00ff0a095c'" },
      { sqlite: "x''", postgres: "''", mysql: "''" },
    ],
    brought: Buffer.from([1, 2, 3]),
    column: () => field('bytes').bytes(),
  },
}

const columnsOf = (kinds: typeof KINDS) =>
  Object.fromEntries(Object.entries(kinds).map(([name, { column }]) => [name, column()])) as MappingInput<unknown>['columns']

const ROWS = 40

forEachEngine('rollback of an upsert', (db) => {
  let folder = ''
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-images-'))
    await db().session.close()
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('puts back values of every kind of column as they were, NULLs too', async () => {
    const { engine, target } = db()
    const { knex } = target
    const quote = (name: string) => target.dialect.quote(name)
    const names = Object.keys(KINDS)
    const columns = Object.entries(KINDS).map(([name, { types }]) => `${quote(name)} ${types[engine]} null`)
    await knex.raw(`create table things (id varchar(36) primary key, ${columns.join(', ')})`)
    for (let n = 0; n < ROWS; n += 1) {
      const values = Object.values(KINDS).map(({ before }, at) => {
        const value = (n + at) % 5 === 4 ? 'NULL' : before[n % before.length]
        return typeof value === 'string' ? value : (value?.[engine] ?? 'NULL')
      })
      await knex.raw(
        `insert into things (id, ${names.map(quote).join(', ')}) values ('k${n}', ${values.join(', ')})`.replaceAll('?', '\\?'),
      )
    }
    const texts = names.map((name) =>
      engine === 'mysql' ? `hex(cast(${quote(name)} as binary)) as ${quote(name)}` : `cast(${quote(name)} as text) as ${quote(name)}`,
    )
    const dump = async () =>
      await knex('things')
        .orderBy('id')
        .select('id', ...texts.map((text) => knex.raw(text)))
    const before = await dump()
    const brought = Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, kind.brought]))
    const transfer = defineThings<Record<string, unknown>>(
      folder,
      Array.from({ length: ROWS }, () => brought),
      {
        conflict: 'upsert',
        match: ['id'],
        columns: { id: key().text(), ...columnsOf(KINDS) },
      },
    )
    const result = await startTransfer({ transfer, target, noBackup: true })
    assert.isUndefined(result.error, JSON.stringify(result.error))
    assert.include(result.steps[0]?.counts, { updated: ROWS, rejected: 0 })
    assert.notDeepEqual(await dump(), before)
    const undone = await rollbackTransfer({ transfer, target })
    assert.deepEqual([undone.exitCode, undone.rows?.restored], [0, { things: ROWS }])
    assert.deepEqual(await dump(), before)
  })
})
