import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { DIST } from '../support/dist.ts'
import { startProcess } from '../support/run-process.ts'
import { withTemporaryFolder } from '../support/temporary-folder.ts'

const RECORDS = 60_000
const KILLS = 4
/** Every thousandth has no parent. */
const ORPHANS = RECORDS / 1000

const record = (n: number): object => ({
  id: n,
  group: n % 1000 === 0 ? -1 : n % 50,
  name: `“${n}”`,
  size: n / 8,
  at: new Date(n * 1e6 - 1e10).toISOString(),
})

function makeProject(folder: string): void {
  const library = JSON.stringify(pathToFileURL(join(DIST, 'src/index.js')).href)
  const lines = (records: readonly object[]) => records.map((one) => `${JSON.stringify(one)}\n`).join('')
  writeFileSync(join(folder, 'groups.ndjson'), lines(Array.from({ length: 50 }, (_, id) => ({ id, name: `group ${id}` }))))
  writeFileSync(join(folder, 'things.ndjson'), lines(Array.from({ length: RECORDS }, (_, at) => record(at + 1))))
  writeFileSync(
    join(folder, 'ferry.config.mjs'),
    `import { defineTransfer, field, id, mapping, NdjsonAdapter, reference } from ${library}
export default defineTransfer({
  name: 'twins', source: new NdjsonAdapter({ path: '.', keyFields: { groups: 'id', things: 'id' } }), folder: './ferry', batchRows: 1000, maxRejects: ${ORPHANS},
  target: { config: { client: 'better-sqlite3', connection: { filename: './twins.sqlite' }, useNullAsDefault: true } },
  mappings: {
    groups: mapping({ from: 'groups', table: 'groups', columns: { id: id.keep(), name: field('name').text() } }),
    things: mapping({ from: 'things', table: 'things', columns: {
      id: id.keep(), group_id: reference('groups', 'group'), name: field('name').text(), size: field('size').float(), at: field('at').timestamp() } }),
  },
})
`,
  )
  const database = new Database(join(folder, 'twins.sqlite'))
  database.exec(`create table groups (id integer primary key, name text not null);
    create table things (id integer not null primary key, group_id integer not null references groups (id), name varchar(20) not null default 'x', size real not null, at text);
    create index things_by_group on things (group_id)`)
  database.close()
}

/** Runs `ferry`; with `killWhen`, until that holds. The exit code, or null of one that was killed. */
async function ferry(folder: string, words: readonly string[], killWhen?: () => boolean): Promise<number | null> {
  const { child, outcome } = startProcess(process.execPath, [join(DIST, 'src/cli/main.js'), ...words], { cwd: folder })
  while (killWhen !== undefined && child.exitCode === null && child.signalCode === null) {
    if (killWhen()) child.kill('SIGKILL')
    await sleep(2)
  }
  return (await outcome).exitCode
}

/** Whether the table has come to so many rows; false while somebody else has the file. */
function holds(folder: string, rows: number): boolean {
  const database = new Database(join(folder, 'twins.sqlite'), { readonly: true, timeout: 0 })
  try {
    return Number(database.prepare('select count(*) from things').pluck().get()) >= rows
  } catch {
    return false
  } finally {
    database.close()
  }
}

describe('a run whose rows SQLite copies as they are', () => {
  it('leaves each row once, however often it is killed', async () => {
    await withTemporaryFolder(async (folder) => {
      makeProject(folder)
      let killed = 0
      let words = ['transfer', '--skip-validation', '--no-backup']
      for (let n = 1; n <= KILLS; n += 1) {
        const code = await ferry(folder, words, () => holds(folder, (n * RECORDS) / (KILLS + 2)))
        if (code !== null) break
        killed += 1
        words = ['resume']
      }
      expect(killed).to.be.above(1)
      expect(await ferry(folder, ['resume'])).to.equal(3)
      const database = new Database(join(folder, 'twins.sqlite'), { readonly: true })
      const found = database.prepare('select id, group_id as "group", name, size, at from things order by id').all()
      const expected = Array.from({ length: RECORDS }, (_, at) => record(at + 1)).filter((_, at) => (at + 1) % 1000 !== 0)
      expect(database.pragma('integrity_check')).to.deep.equal([{ integrity_check: 'ok' }])
      expect(database.prepare('select distinct typeof(id), typeof(size), typeof(at) from things').raw().all()).to.deep.equal([
        ['integer', 'real', 'text'],
      ])
      database.close()
      expect(found).to.deep.equal(expected)
      expect(await ferry(folder, ['verify'])).to.equal(0)
      expect(await ferry(folder, ['rollback', '--yes'])).to.equal(0)
      expect(holds(folder, 1)).to.equal(false)
    })
  })
})
