import { readFile, rm, stat } from 'node:fs/promises'
import { basename, relative } from 'node:path'
import { besideOf } from '../backup/replace-file.ts'
import { diffLines } from './diff-lines.ts'
import { maskSecrets } from './mask-secrets.ts'
import { conflict, replaceUnchanged, type SwitchedFile, type SwitchOptions } from './switch-config.ts'
import { listRecords, readOriginal, recordPath, type SwitchRecord, sha256, writeRecord } from './switch-record.ts'

/**
 * Puts the original bytes back where the file is still as the switch left it. All files are looked at before the first is written; a file
 * that a killed switch had not come to is left as it is; called again, it goes on. Does nothing where the run switched nothing.
 * @throws FERRY_SWITCH_CONFLICT when somebody changed it meanwhile; FERRY_SWITCH_FAILED when the kept original is damaged
 */
export async function revertSwitch(options: Omit<SwitchOptions, 'targets'>): Promise<readonly SwitchedFile[]> {
  const { folder, cwd, dryRun } = options
  const found: { record: SwitchRecord; original: Buffer; now: Buffer; file: string }[] = []
  for (const record of await listRecords(folder)) {
    const file = relative(cwd, record.path) || basename(record.path)
    const now = await readFile(record.path).catch(() => undefined)
    const hash = now === undefined ? '' : sha256(now)
    if (now === undefined || (hash !== record.after && hash !== record.before)) throw conflict(file, 'since the switch')
    found.push({ record, original: await readOriginal(folder, record), now, file })
  }
  const reverted: SwitchedFile[] = []
  for (const { record, original, now, file } of found) {
    const json = /\.jsonc?$/i.test(record.path)
    const diff = diffLines(maskSecrets(now.toString(), { json }), maskSecrets(original.toString(), { json }))
    reverted.push({ file, diff, record: recordPath(folder, record.path) })
    if (dryRun) continue
    if (sha256(now) !== record.before) {
      const { uid, gid } = await stat(record.path)
      await replaceUnchanged(record.path, { bytes: original, expected: record.after, mode: record.mode, owner: { uid, gid }, file })
    }
    await rm(besideOf(record.path), { force: true }) // of a switch that was killed before its rename
    await writeRecord(folder, { ...record, state: 'reverted' })
  }
  return reverted
}
