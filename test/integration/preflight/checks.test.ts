import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import createKnex from 'knex'
import { NdjsonAdapter } from '../../../adapters/ndjson-adapter.ts'
import type { Check } from '../../../src/core/check.ts'
import { computed, field, index, item, key, parent, reference } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import type { ResolvedTransfer } from '../../../src/definition/transfer.ts'
import { mapping } from '../../../src/definition/transfer-input.ts'
import { checkBackupTool, checkSpace } from '../../../src/preflight/place-checks.ts'
import type { PreflightOptions } from '../../../src/preflight/preflight.ts'
import { insertRun } from '../../../src/state/runs.ts'
import { ensureState } from '../../../src/state/state-tables.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import type { Session } from '../../../src/target/target.ts'
import { ListSource } from '../../support/list-source.ts'
import { checkOf, look, TABLE, type Thing, things } from '../../support/look-ahead.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { newRun } from '../../support/runs.ts'
import { createSqliteDatabase } from '../../support/sqlite-database.ts'

describe('the checks of preflight', function () {
  this.timeout(20_000)

  it('all pass for a sound source', async () => {
    const report = await look({ transfer: things([{ name: 'a' }, { name: 'b' }]) })
    expect(report.passed).to.equal(true)
    expect(report.checks.filter(({ status }) => status === 'failed')).to.deep.equal([])
    expect(report.items).to.equal(2)
    expect(report.census?.find(({ column }) => column === 'name')).to.include({
      shortest: 1,
      longest: 1,
      maxLength: 10,
      nulls: 0,
      values: 2,
    })
    expect(report.unwatched).to.deep.equal([{ table: 'things', columns: ['at', 'size', 'price'] }])
  })

  it('group problems by cause, with samples and an edit', async () => {
    const records: Thing[] = [
      { name: 'far too long for it', at: '13/02/2024' },
      { name: 'b', at: '01/02/2024' },
      { name: null, at: '2024-02-01T00:00:00Z' },
      { name: 'd', at: '02/02/2024' },
    ]
    const report = await look({ transfer: things(records, {}, { at: field('at').timestamp() }) })
    expect(report.passed).to.equal(false)
    const dates = report.problems.find(({ pointer }) => pointer === '/at')
    expect(dates).to.include({ mapping: 'things', code: 'DATE_INVALID', count: 2 })
    expect(dates?.suggestion).to.contain('pattern')
    expect(report.problems.find(({ code }) => code === 'LENGTH')?.samples).to.deep.equal(['s"k0"'])
    expect(report.problems.find(({ code }) => code === 'ABSENT')?.suggestion).to.contain('.optional()')
    expect(report.predictedRejects).to.equal(4)
    expect(checkOf(report, 'budget').status).to.equal('failed')
    expect(checkOf(report, 'source-validated').detail).to.contain('4 problems of 3 causes')
  })

  it('count what columns would have changed in silence, each with an edit', async () => {
    const sizes = [2 ** 53 + 2, 2n ** 53n + 1n, Number.NaN, -0, 1.5]
    const records = [...sizes.map((size) => ({ name: 'n', size })), { name: 'a\ud800' }, { name: 5 }, { name: 'a\0b' }]
    const report = await look({ transfer: things(records, { maxRejects: 10 }, { size: field('size').integer().optional() }) })
    const found = Object.fromEntries(report.problems.map(({ code, count, suggestion }) => [code, [count, suggestion] as const]))
    expect(Object.fromEntries(Object.entries(found).map(([code, [count]]) => [code, count]))).to.deep.equal({
      RANGE: 2,
      NOT_FINITE: 1,
      NEGATIVE_ZERO: 1,
      PRECISION: 1,
      ENCODING: 1,
      TYPE: 1,
    })
    expect(found.RANGE?.[1]).to.contain('.bigint()')
    expect(found.TYPE?.[1]).to.contain('String(')
    for (const [code, [, suggestion]] of Object.entries(found)) expect(suggestion, code).to.not.equal('')
    expect(checkOf(report, 'silent-changes').detail).to.match(/^6 values/)
    expect(report.census?.find(({ column }) => column === 'name')?.values, 'U+0000 comes back from SQLite as it was').to.equal(1)
  })

  it('see a function that is not pure', async () => {
    let calls = 0
    const report = await look({ transfer: things([{ name: 'a' }], {}, { size: computed(() => ++calls).integer() }) })
    expect(checkOf(report, 'purity').status).to.equal('failed')
  })

  it('refuse an empty source and one without the collection', async () => {
    expect(checkOf(await look({ transfer: things([]) }), 'source-not-empty').status).to.equal('failed')
    const report = await look({ transfer: things([{ name: 'a' }]), options: { source: new ListSource({ other: [] }) } })
    expect(checkOf(report, 'source-readable').status).to.equal('failed')
    expect(report.passed).to.equal(false)
  })

  it('warn of a list that no record has, which may be a misspelt name', async () => {
    const lists = async (each: string) => {
      const transfer = defineTransfer({
        name: 'things',
        source: new ListSource({ things: [['k0', { name: 'a', tags: ['x'] }] as const, ['k1', { name: 'b' }] as const] }),
        target: {},
        mappings: {
          things: mapping<Thing>({ from: 'things', table: 'things', columns: { id: key().text(), name: field('name').text() } }),
          tags: mapping({ from: 'things', each, table: 'tags', columns: { thing_id: parent(), position: index(), tag: item().text() } }),
        },
      })
      const make = (session: Session) =>
        session.run(
          'create table tags (thing_id text not null, position integer not null, tag text not null, primary key (thing_id, position))',
        )
      return checkOf(await look({ transfer, make: async (session) => void (await make(session)) }), 'lists-found')
    }
    expect(await lists('tags')).to.include({ status: 'passed' })
    const misspelt = await lists('tagz')
    expect(misspelt.status).to.equal('warning')
    expect(misspelt.detail).to.contain('tags (tagz of 2 things)')
  })

  it('name triggers, cascades and what cannot be asked', async () => {
    const report = await look({
      transfer: things([{ name: 'a' }]),
      make: async (session) => {
        await session.run('create trigger stamp after insert on things begin update things set size = 1 where id = new.id; end')
        await session.run('create table parts (id integer primary key, thing_id text references things(id) on delete cascade)')
      },
    })
    expect(checkOf(report, 'triggers').detail).to.contain('stamp on things')
    expect(checkOf(report, 'cascades').detail).to.contain('parts.thing_id -> things on delete cascade')
    expect(checkOf(report, 'unwatched-columns').detail).to.contain('things.price')
    expect(report.passed).to.equal(true)
  })

  it('name what is not mapped, not there, or does not fit', async () => {
    const missing = await look({ transfer: things([{ name: 'a' }]), options: { tables: new Map() } })
    expect(checkOf(missing, 'tables-exist')).to.deep.include({ status: 'failed', detail: 'missing: things' })
    const source = new ListSource({ things: [['k', { name: 'a' }]], others: [['k', 1]] })
    expect(checkOf(await look({ transfer: things([], { source }) }), 'source-mapped').detail).to.contain('others')
    const off = await look({
      transfer: things([{ name: 'a' }]),
      make: (session) => session.run('pragma foreign_keys = off').then(() => {}),
    })
    expect(checkOf(off, 'foreign-keys-on').status).to.equal('warning')
    const bare = await look({
      transfer: things([{ name: 'a' }]),
      make: async (session) => {
        await session.run('drop table things')
        await session.run('create table things (id text, name text)')
      },
    })
    expect(checkOf(bare, 'primary-key-mapped').detail).to.contain('things has no primary key')
    const column = await look({ transfer: things([{ name: 'a' }], {}, { colour: field('name').text() }) })
    expect(checkOf(column, 'columns-fit').detail).to.contain('colour')
    const link = reference('things', 'at', { missing: 'null' }).optional()
    const alone = await look({ transfer: things([{ name: 'a', at: 'nobody' }], {}, { at: link }) })
    expect(checkOf(alone, 'references').detail).to.contain('things: 1')
  })

  it('see a run that is at work', async () => {
    const report = await look({
      transfer: things([{ name: 'a' }]),
      make: async (session) => {
        await ensureState(session)
        await session.begin()
        await insertRun(session, newRun({ transfer: 'another' }), { owner: 'elsewhere/boot/1/1', ttlMs: 60_000 })
        await session.commit()
      },
    })
    expect(checkOf(report, 'other-run').status).to.equal('failed')
    expect(checkOf(report, 'other-run').detail).to.contain('another')
  })

  it('tell which Knex migrations are pending, without making Knex’s tables', async () => {
    const database = createSqliteDatabase()
    const directory = join(database.folder, 'migrations')
    mkdirSync(directory)
    const migration = (sql: string) => `exports.up = (knex) => knex.raw(${JSON.stringify(sql)}); exports.down = () => Promise.resolve()`
    writeFileSync(join(directory, '1_things.cjs'), migration(TABLE))
    writeFileSync(join(database.folder, 'package.json'), '{}')
    const config = { ...database.config, useNullAsDefault: true, migrations: { directory, loadExtensions: ['.cjs'] } }
    const knex = createKnex(config)
    const transfer = things([{ name: 'a' }])
    try {
      await knex.raw(TABLE.replace('things', 'others'))
      const target = await openTarget({ knex })
      expect((await pendingOf(target, transfer)).status).to.equal('warning')
      expect(await knex.schema.hasTable('knex_migrations')).to.equal(false)
      await knex.migrate.latest()
      expect((await pendingOf(target, transfer)).status).to.equal('passed')
      writeFileSync(join(directory, '2_more.cjs'), migration('select 1'))
      expect((await pendingOf(target, transfer)).detail).to.contain('2_more.cjs')
      await target.close()
    } finally {
      await knex.destroy()
      database.drop()
    }
  })

  it('see too little space, counting the write-ahead log and the backup', async () => {
    const report = await look({ transfer: things([{ name: 'a' }]) })
    expect(checkOf(report, 'disk-space').status).to.equal('passed')
    expect(report.estimatedBytes).to.be.greaterThan(20)
    const options = { target: { file: join(tmpdir(), 'a.sqlite') }, folder: tmpdir(), backup: true, source: { volatile: false } }
    expect((await checkSpace(options as unknown as PreflightOptions, 1e18)).status).to.equal('failed')
  })

  it('adds up what stands on one disk', async () => {
    const { bavail, bsize } = statfsSync(tmpdir())
    const free = bavail * bsize
    const at = { target: { file: join(tmpdir(), 'a.sqlite') }, folder: tmpdir(), backup: false }
    const asked = (volatile: boolean) => checkSpace({ ...at, source: { volatile } } as unknown as PreflightOptions, free * 0.4)
    expect((await asked(false)).status, 'rows and their log').to.equal('passed')
    expect((await asked(true)).status, 'and the spooled source').to.equal('failed')
  })

  it('see a database and a folder that cannot be written', async () => {
    const database = createSqliteDatabase()
    writeFileSync(database.file, '')
    chmodSync(database.file, 0o444)
    chmodSync(database.folder, 0o555)
    const refused = permissionsOf({ target: { file: database.file }, folder: join(database.folder, '.ferry') })
    expect(refused).to.deep.include({ status: 'failed' })
    expect(refused.detail).to.contain(database.file)
    expect(refused.hint).to.not.equal('')
    chmodSync(database.folder, 0o755)
    chmodSync(database.file, 0o644)
    database.drop()
  })

  it('miss the backup program of a server', async () => {
    const options = { backup: true, target: { engine: 'postgres' } } as unknown as PreflightOptions
    expect((await checkBackupTool(options, '/nowhere')).status).to.equal('failed')
    const folder = createSqliteDatabase()
    writeFileSync(join(folder.folder, 'pg_dump'), '', { mode: 0o755 })
    expect((await checkBackupTool(options, folder.folder)).status).to.equal('passed')
    rmSync(folder.folder, { recursive: true })
  })

  it('skip the reading with skipValidation, and count the budget from what the source says', async () => {
    const records = Array.from({ length: 50 }, () => ({ name: 'far too long for its column' }))
    const report = await look({ transfer: things(records, { maxRejects: '10%' }), options: { skipValidation: true } })
    expect(report.passed).to.equal(true)
    expect(report.forecasts).to.deep.equal([])
    expect(report.allowedRejects).to.equal(5)
  })

  it('count a share of lines that nobody has read by their outline, and say so where there is none', async () => {
    const { folder } = createSqliteDatabase()
    const lines = Array.from({ length: 50 }, (_, n) => `${JSON.stringify({ _key: `k${n}`, name: 'n' })}\n`).join('')
    writeFileSync(join(folder, 'things.ndjson'), lines)
    writeFileSync(join(folder, 'things.ndjson.gz'), gzipSync(lines))
    const share = things([], { maxRejects: '10%' })
    const report = async (path: string) =>
      await look({ transfer: share, options: { skipValidation: true, source: new NdjsonAdapter({ path: join(folder, path) }) } })
    const plain = await report('things.ndjson')
    expect(plain.allowedRejects).to.equal(5)
    expect(plain.checks.map(({ name }) => name)).not.to.include('budget')
    const gzipped = await report('things.ndjson.gz')
    expect(gzipped.allowedRejects).to.equal(0)
    expect(checkOf(gzipped, 'budget')).to.include({ status: 'warning' })
    expect(checkOf(gzipped, 'budget').hint).to.contain('--max-rejects 100')
    rmSync(folder, { recursive: true })
  })
})

/** Root may write everywhere, so root asks through a process of nobody. */
function permissionsOf(options: { readonly target: { readonly file: string }; readonly folder: string }): Check {
  const code = `import { checkPermissions } from './src/preflight/place-checks.ts'
    console.log(JSON.stringify(await checkPermissions(${JSON.stringify(options)})))`
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const told = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { cwd: PROJECT_ROOT, ...nobody })
  return JSON.parse(told.toString())
}

async function pendingOf(target: Awaited<ReturnType<typeof openTarget>>, transfer: ResolvedTransfer): Promise<Check> {
  const session = await target.openSession()
  try {
    const { checkSchema } = await import('../../../src/preflight/schema-checks.ts')
    const checks = await checkSchema({ transfer, target, session, tables: new Map() } as unknown as PreflightOptions)
    return checks.find(({ name }) => name === 'schema-latest') ?? { name: '', status: 'failed', detail: '', hint: '' }
  } finally {
    await session.close()
  }
}
