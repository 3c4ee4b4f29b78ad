import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { replaceFile } from '../backup/replace-file.ts'
import type { Run } from '../state/runs.ts'

/** What a restore takes back in time and must not forget: it stands beside the database, because the database forgets it. */
export interface RestoreJournal {
  readonly state: 'started' | 'done'
  /** Label of the target. */
  readonly target: string
  /** Path of the manifest. */
  readonly backup: string
  /** The run that is undone; undefined where a backup is put back for itself. */
  readonly runId: string | undefined
  /** Every run the database knew before, tokens raised. */
  readonly runs: readonly Run[]
}

const JOURNAL = 'restore.json'

/** Stands on the disk when it resolves. `folder`: the run's, or the backup's. */
export async function writeRestoreJournal(folder: string, journal: RestoreJournal): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await replaceFile(join(folder, JOURNAL), `${JSON.stringify(journal, null, 2)}\n`)
}

/** The restore of this target that was begun and not ended, with its folder; undefined where there is none. */
export async function findOpenRestore(
  folder: string,
  wanted: { readonly target: string; readonly runId?: string | undefined; readonly backup?: string | undefined },
): Promise<{ readonly journal: RestoreJournal; readonly folder: string } | undefined> {
  for (const part of ['runs', 'backups']) {
    const parent = join(resolve(folder), part)
    for (const name of (await readdir(parent).catch(() => [])).sort().reverse()) {
      const journal = await readJournal(join(parent, name, JOURNAL))
      if (journal?.state !== 'started' || journal.target !== wanted.target) continue
      if (wanted.runId !== undefined && journal.runId?.startsWith(wanted.runId) !== true) continue
      if (wanted.backup === undefined || resolve(wanted.backup) === journal.backup) return { journal, folder: join(parent, name) }
    }
  }
  return undefined
}

async function readJournal(path: string): Promise<RestoreJournal | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as RestoreJournal
  } catch {
    return undefined // absent; never half written, since it is replaced whole
  }
}
