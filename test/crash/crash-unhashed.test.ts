import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { DIST } from '../support/dist.ts'
import { type ProcessOutcome, runProcess, startProcess, type Underway } from '../support/run-process.ts'
import { withTemporaryFolder } from '../support/temporary-folder.ts'

/** So many that a thread is started. */
const RECORDS = 60_000
const line = (id: number) => `${JSON.stringify({ id, name: `thing ${id}` })}\n`
const MAIN = join(DIST, 'src/cli/main.js')
const TRANSFER = ['transfer', '--skip-validation', '--no-backup', '--batch-rows', '1000']

/** A project whose source has no fingerprint while there is a file `hold`; a file `die` ends the thread that makes it. */
function makeProject(folder: string): void {
  const library = JSON.stringify(pathToFileURL(join(DIST, 'src/index.js')).href)
  writeFileSync(join(folder, 'things.ndjson'), Array.from({ length: RECORDS }, (_, at) => line(at + 1)).join(''))
  writeFileSync(
    join(folder, 'ferry.config.mjs'),
    `import { existsSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { defineTransfer, id, field, mapping, NdjsonAdapter } from ${library}
export class Held extends NdjsonAdapter {
  async fingerprint() {
    if (!isMainThread && existsSync('die')) process.exit(7)
    while (existsSync('hold')) await new Promise((resolve) => setTimeout(resolve, 2))
    return super.fingerprint()
  }
  get reopening() {
    return { ...super.reopening, module: import.meta.url, name: 'Held' }
  }
}
export default defineTransfer({
  name: 'unhashed', source: new Held({ path: './things.ndjson', keyFields: { things: 'id' } }), folder: './ferry',
  target: { config: { client: 'better-sqlite3', connection: { filename: './things.sqlite' }, useNullAsDefault: true } },
  mappings: { things: mapping({ from: 'things', table: 'things', columns: { id: id.keep(), name: field('name').text() } }) },
})
`,
  )
  const database = new Database(join(folder, 'things.sqlite'))
  database.exec('create table things (id integer primary key, name text not null)').close()
}

/** The first row of a query. */
function ask(folder: string, sql: string): unknown {
  const database = new Database(join(folder, 'things.sqlite'), { readonly: true, timeout: 5000 })
  try {
    return database.prepare(sql).pluck().get()
  } finally {
    database.close()
  }
}

const rows = (folder: string) => Number(ask(folder, 'select count(*) from things'))
const status = (folder: string) => String(ask(folder, 'select status from ferry_runs'))
const fingerprint = (folder: string) => String(ask(folder, 'select source_fingerprint from ferry_runs'))

describe('a run that writes before it has the fingerprint of its source', () => {
  const withProject = (work: (folder: string) => Promise<void>) => async () => {
    await withTemporaryFolder(async (folder) => {
      makeProject(folder)
      writeFileSync(join(folder, 'hold'), '')
      await work(folder)
    })
  }
  const ferry = (folder: string, words: readonly string[]) => runProcess(process.execPath, [MAIN, ...words], { cwd: folder })
  /** Comes back when some batches are committed. */
  const begin = async (folder: string, more: readonly string[] = []): Promise<Underway> => {
    const run = startProcess(process.execPath, [MAIN, ...TRANSFER, ...more], { cwd: folder })
    const until = performance.now() + 30_000
    while (performance.now() < until && run.child.exitCode === null) {
      await sleep(5)
      if (rows(folder) >= 3000) break
    }
    expect(fingerprint(folder)).to.equal('')
    return run
  }
  const release = (folder: string) => rmSync(join(folder, 'hold'))
  const kill = async ({ child, outcome }: Underway) => {
    child.kill('SIGKILL')
    expect((await outcome).exitCode).to.equal(null)
  }
  const expectAll = async (folder: string, { exitCode, stdout, stderr }: ProcessOutcome) => {
    expect(exitCode, stdout + stderr).to.equal(0)
    expect(rows(folder)).to.equal(RECORDS)
    expect(fingerprint(folder)).to.match(/^[\da-f]{64}$/)
    expect((await ferry(folder, ['verify'])).exitCode).to.equal(0)
  }
  const expectChanged = ({ exitCode, stdout, stderr }: ProcessOutcome) => {
    expect(exitCode).to.equal(1)
    expect(stdout + stderr).to.include('FERRY_SOURCE_CHANGED')
  }
  const expectUndone = async (folder: string) => {
    expect((await ferry(folder, ['rollback', '--yes'])).exitCode).to.equal(0)
    expect(rows(folder)).to.equal(0)
  }

  it(
    'has it in the end',
    withProject(async (folder) => {
      const { outcome } = await begin(folder)
      release(folder)
      await expectAll(folder, await outcome)
    }),
  )

  it(
    'makes it itself where the thread ends that should',
    withProject(async (folder) => {
      writeFileSync(join(folder, 'die'), '')
      release(folder)
      await expectAll(folder, await ferry(folder, TRANSFER))
    }),
  )

  it(
    'goes on after a kill with files that nobody has touched',
    withProject(async (folder) => {
      await kill(await begin(folder))
      release(folder)
      expect(JSON.parse((await ferry(folder, ['verify', '--json'])).stdout)).to.include({ basis: 'journal' })
      await expectAll(folder, await ferry(folder, ['resume']))
    }),
  )

  it(
    'does not go on with others, and can be taken out',
    withProject(async (folder) => {
      await kill(await begin(folder))
      release(folder)
      appendFileSync(join(folder, 'things.ndjson'), line(RECORDS + 1))
      const before = rows(folder)
      expectChanged(await ferry(folder, ['resume']))
      expect(rows(folder)).to.equal(before)
      await expectUndone(folder)
    }),
  )

  it(
    'is no success where somebody wrote to the source before it was made',
    withProject(async (folder) => {
      const { outcome } = await begin(folder)
      appendFileSync(join(folder, 'things.ndjson'), line(RECORDS + 1))
      release(folder)
      expectChanged(await outcome)
      expect(status(folder)).to.equal('failed')
      await expectUndone(folder)
    }),
  )

  it(
    'has it before it pauses',
    withProject(async (folder) => {
      const { outcome } = await begin(folder, ['--throttle', '10000'])
      expect((await ferry(folder, ['pause'])).exitCode).to.equal(0)
      await sleep(300)
      expect(status(folder)).to.equal('running')
      release(folder)
      await outcome
      expect(status(folder)).to.equal('paused')
      expect(fingerprint(folder)).to.match(/^[\da-f]{64}$/)
      await expectAll(folder, await ferry(folder, ['resume']))
    }),
  )
})
