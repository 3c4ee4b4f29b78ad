import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { callFerry } from '../support/call-ferry.ts'
import { FERRY } from '../support/cli-project.ts'
import { type EngineDatabase, openEngineDatabase } from '../support/engines.ts'
import { runProcess } from '../support/run-process.ts'

const LIBRARY = pathToFileURL(join(FERRY, '../../index.js')).href

const DEFINITION = `import { defineTransfer, field, id, key, mapping, MemoryStoreAdapter } from '${LIBRARY}'

export default defineTransfer({
  name: 'songs',
  source: new MemoryStoreAdapter({ file: './songs.ferry.ndjson' }),
  target: { knexfile: './knexfile.mjs' },
  mappings: {
    songs: mapping({
      from: 'songs',
      table: 'songs',
      columns: { id: id.uuid(), code: key().text(), price: field('price').decimal(), at: field('at').timestamp().optional() },
    }),
  },
})
`

describe('ferry parity', function () {
  this.timeout(120_000)
  let folder = ''
  let databases: (EngineDatabase & { close(): Promise<void> })[] = []

  beforeEach(async function () {
    folder = mkdtempSync(join(tmpdir(), 'ferry-parity-cli-'))
    databases = []
    for (const engine of ['sqlite', 'postgres', 'mysql'] as const) {
      const database = await openEngineDatabase(engine)
      if (database === undefined) continue
      databases.push(database)
      await database.session.close()
      await database.target.knex.schema.createTable('songs', (table) => {
        table.string('id', 36).primary()
        table.string('code', 40).notNullable()
        if (engine === 'sqlite') table.text('price').notNullable()
        else table.decimal('price', 12, 4).notNullable()
        table.datetime('at', { precision: 3 })
      })
    }
    if (databases.length < 2) this.skip()
    const envs = Object.fromEntries(databases.map(({ engine, config }) => [engine, config]))
    writeFileSync(join(folder, 'knexfile.mjs'), `export default ${JSON.stringify(envs)}`)
    writeFileSync(join(folder, 'ferry.config.mjs'), DEFINITION)
    const songs = Array.from(
      { length: 300 },
      (_, n) => [`00${n} ✓`, { price: `${n}.5`, at: n % 3 === 0 ? null : new Date(n * 1e10) }] as const,
    )
    exportStore({ songs: new Map(songs) }, join(folder, 'songs.ferry.ndjson'))
  })
  afterEach(async () => {
    for (const database of databases) await database.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const words = () => ['parity', ...databases.flatMap(({ engine }) => ['--on', engine]), '--no-backup']

  it('moves one source into every engine and finds them equal; and, asked again, what has changed in one', async () => {
    const first = await runProcess(process.execPath, [FERRY, ...words()], { cwd: folder })
    expect(first.exitCode, first.stdout + first.stderr).to.equal(0)
    expect(first.stdout).to.match(new RegExp(`^equal: 300 rows in each of ${databases.length} targets`, 'm'))
    for (const { target } of databases) expect(await target.knex('songs').select()).to.have.lengthOf(300)
    const other = databases.at(-1)
    await other?.target.knex('songs').where({ code: '007 ✓' }).update({ price: '7.5001' })
    await other?.target.knex('songs').where({ code: '008 ✓' }).delete()
    const second = await callFerry(folder, [...words(), '--json'])
    expect(second.exitCode, second.stderr).to.equal(4)
    const { equal, targets, comparisons } = JSON.parse(second.stdout)
    expect(equal).to.equal(false)
    expect(targets.map(({ moved }: { moved: boolean }) => moved)).to.deep.equal(databases.map(() => false))
    expect(comparisons.at(-1).differences.map(({ column, a, b }: Record<string, unknown>) => [column, a, b])).to.have.deep.members([
      ['price', '7.5', '7.5001'],
      [undefined, 'present', null],
    ])
    expect((await callFerry(folder, words())).stdout).to.match(/songs\.price of .*: 7\.5 and 7\.5001/)
  })

  it('ends with the exit code of a run that failed, and asks for two environments', async () => {
    await databases.at(-1)?.target.knex.schema.dropTable('songs')
    const failed = await callFerry(folder, words())
    expect(failed.exitCode, failed.stdout).to.be.oneOf([1, 2])
    expect(await databases[0]?.target.knex('songs').select()).to.have.lengthOf(300)
    const one = await callFerry(folder, ['parity', '--on', 'sqlite'])
    expect(one.exitCode).to.equal(2)
  })
})
