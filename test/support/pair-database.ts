import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { bundleChild } from './bundle-child.ts'

const WRITER_ENTRY = fileURLToPath(new URL('./pair-writer.ts', import.meta.url))

/** Makes a database whose tables `ours` and `theirs` every transaction of the pair writer changes together. */
export function makePairs(file: string, options: { readonly rows: number; readonly journalMode?: 'wal' | 'delete' }): void {
  const database = new Database(file)
  database.pragma(`journal_mode = ${options.journalMode ?? 'wal'}`)
  database.exec(`CREATE TABLE ours (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, filler TEXT);
    CREATE TABLE theirs (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, filler TEXT);
    CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL);`)
  database.transaction(() => {
    for (let id = 1; id <= options.rows; id += 1) {
      for (const table of ['ours', 'theirs']) database.prepare(`INSERT INTO ${table} VALUES (?, 0, ?)`).run(id, 'f'.repeat(400))
    }
  })()
  database.close()
}

/** What a database of pairs holds; `whole` is false where a transaction shows in part. */
export function readPairs(file: string): {
  readonly whole: boolean
  readonly n: number
  readonly integrity: unknown
  readonly log: number
} {
  const database = new Database(file, { timeout: 20_000 }) // not read-only: a journal left by a kill must be played back
  try {
    return database.transaction(() => {
      const ns = database.prepare('SELECT DISTINCT n FROM (SELECT n FROM ours UNION SELECT n FROM theirs)').pluck().all()
      const log = Number(database.prepare('SELECT count(*) FROM log').pluck().get())
      const integrity = database.pragma('integrity_check', { simple: true })
      return { whole: ns.length === 1 && Number(ns[0]) === log, n: Number(ns[0]), integrity, log }
    })()
  } finally {
    database.close()
  }
}

/** Starts the pair writer and waits until it has committed; `stop` ends it. */
export async function startWriter(file: string): Promise<{ readonly child: ChildProcess; stop(): Promise<void> }> {
  const { NODE_OPTIONS: _ours, ...env } = process.env
  const path = await bundleChild(WRITER_ENTRY)
  const child = spawn(process.execPath, [path, file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error('the writer ended early')
    }),
  ])
  rmSync(path)
  return {
    child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
