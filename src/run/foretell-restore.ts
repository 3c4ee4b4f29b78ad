import { resolve } from 'node:path'
import { readManifest } from '../backup/manifest.ts'
import { verifyBackup } from '../backup/verify-backup.ts'
import { STATE_TABLES } from '../state/state-tables.ts'
import { revertSwitch } from '../switch/revert-switch.ts'
import { findRun } from './find-run.ts'
import { runFolder } from './new-place.ts'
import { countRows } from './read-tables.ts'
import { type RestoreTransferOptions, refuseRestore } from './restore-transfer.ts'

/** A table as it is, and as a restore would leave it. */
export interface RestoredTable {
  readonly table: string
  /** Rows now; null where the table is not there. */
  readonly now: number | null
  /** Rows in the backup; null where it does not hold the table, which would go. */
  readonly inBackup: number | null
}

/** What restoreTransfer would do to a run's target, its backup checked to the last byte; changes nothing. @throws as restoreTransfer */
export async function foretellRestore(
  options: Pick<RestoreTransferOptions, 'transfer' | 'target' | 'runId'>,
): Promise<{ readonly runId: string; readonly switched: readonly string[]; readonly tables: readonly RestoredTable[] }> {
  const { transfer, target, runId } = options
  const session = await target.openSession()
  try {
    const run = await findRun(session, { transfer: transfer.name, runId, kind: 'transfer' })
    const backup = resolve(run.facts.backup ?? refuseRestore(run))
    await verifyBackup(backup)
    const { rows } = await readManifest(backup)
    const folder = run.facts.folder ?? runFolder(transfer.folder, run.id)
    const switched = await revertSwitch({ cwd: process.cwd(), folder, dryRun: true })
    const names = (await session.dialect.listTables(session)).filter((name) => !STATE_TABLES.includes(name))
    const tables: RestoredTable[] = []
    for (const table of [...new Set([...names, ...Object.keys(rows)])].filter((name) => !STATE_TABLES.includes(name)).sort()) {
      tables.push({ table, now: names.includes(table) ? await countRows(session, table) : null, inBackup: rows[table] ?? null })
    }
    return { runId: run.id, switched: switched.map(({ file }) => file), tables }
  } finally {
    await session.close()
  }
}
