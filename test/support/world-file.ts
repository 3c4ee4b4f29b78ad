import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { openTarget } from '../../src/target/open-target.ts'
import type { Target } from '../../src/target/target.ts'
import { createTables, createWorld, defineWorld } from './world.ts'

/** A world in a SQLite file of a given folder; snapshot and run folder stand elsewhere. */
export interface WorldFile {
  readonly file: string
  readonly target: Target
  readonly common: { readonly transfer: ResolvedTransfer; readonly target: Target; readonly noBackup: true }
  open(options?: { readonly readonly?: boolean }): Promise<Target>
  close(): Promise<void>
}

export async function createWorldFile(folder: string, teams: number): Promise<WorldFile> {
  const elsewhere = mkdtempSync(join(tmpdir(), 'ferry-world-'))
  const snapshot = join(elsewhere, 'world.ferry.ndjson')
  const file = join(folder, 'world.sqlite')
  exportStore(createWorld(teams), snapshot)
  const opened: Target[] = []
  const open = async (options: { readonly readonly?: boolean } = {}) => {
    const target = await openTarget({
      config: { client: 'better-sqlite3', connection: { filename: file, options }, useNullAsDefault: true },
    })
    opened.push(target)
    return target
  }
  const target = await open()
  await createTables(target.knex)
  const transfer = defineWorld(snapshot, join(elsewhere, 'ferry'))
  return {
    file,
    target,
    common: { transfer, target, noBackup: true },
    open,
    async close() {
      for (const one of opened) await one.close()
      rmSync(elsewhere, { recursive: true, force: true })
    },
  }
}
