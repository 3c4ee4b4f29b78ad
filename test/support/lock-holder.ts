import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PROJECT_ROOT } from './project-root.ts'

const PROGRAM = `
  const db = require('better-sqlite3')(process.argv[1], { timeout: 5000 })
  db.exec('begin immediate')
  process.stdout.write('held')
  const release = () => { db.exec('rollback'); process.exit() }
  process.stdin.resume().on('end', release)
  setTimeout(release, Number(process.argv[2]))`

/** Another process that holds SQLite's write lock until it is let go. */
export interface LockHolder {
  release(): Promise<void>
}

/** Resolves once the lock is held; it is let go after `longestMs` at the latest. */
export async function holdLock(database: string, longestMs = 120_000): Promise<LockHolder> {
  const child = spawn(process.execPath, ['-e', PROGRAM, database, String(longestMs)], {
    cwd: PROJECT_ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), exited.then(() => Promise.reject(new Error('the lock was not to be had')))])
  return {
    async release() {
      child.stdin.end()
      await exited
    },
  }
}
