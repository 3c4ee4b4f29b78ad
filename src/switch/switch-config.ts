import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { replaceFile } from '../backup/replace-file.ts'
import { FerryError, isFerryError } from '../core/errors.ts'
import type { SwitchTarget } from '../definition/transfer.ts'
import { diffLines } from './diff-lines.ts'
import { editEnv } from './edit-env.ts'
import { editError, type NewValues } from './edit-error.ts'
import { editJson } from './edit-json.ts'
import { maskSecrets } from './mask-secrets.ts'
import { prepareRecord, readOriginal, readRecord, recordPath, type SwitchRecord, sha256, writeRecord } from './switch-record.ts'

export interface SwitchedFile {
  readonly file: string
  /** Unified-looking diff lines, secrets redacted. */
  readonly diff: readonly string[]
  /** Where the original bytes and both hashes are kept. */
  readonly record: string
}

export interface SwitchOptions {
  readonly targets: readonly SwitchTarget[]
  /** Relative files start here. */
  readonly cwd: string
  /** The run's folder: keeps the originals. */
  readonly folder: string
  readonly dryRun: boolean
}

interface Plan {
  readonly switched: SwitchedFile
  readonly record: SwitchRecord
  readonly owner: { readonly uid: number; readonly gid: number }
  readonly original: Uint8Array
  readonly edited: Uint8Array
  /** An earlier call came to its rename. */
  readonly done: boolean
}

/**
 * Sets the app's configuration, each file atomically, original bytes kept; a run that was killed in between goes on. Every file is read
 * and edited in memory before the first is written; when one cannot be written, those before it are put back.
 * @throws FERRY_SWITCH_CONFLICT when somebody changed a file meanwhile; FERRY_SWITCH_FAILED
 */
export async function switchConfig(options: SwitchOptions): Promise<readonly SwitchedFile[]> {
  const plans: Plan[] = []
  for (const [path, given] of await gather(options)) plans.push(await planFile(path, given, options.folder))
  if (!options.dryRun) await apply(plans, options.folder)
  return plans.map(({ switched }) => switched)
}

interface Given {
  readonly file: string
  readonly set: NewValues
}

/** Targets by the file they mean, links followed: two targets of one file are one edit. */
async function gather({ targets, cwd }: SwitchOptions): Promise<ReadonlyMap<string, Given>> {
  const files = new Map<string, Given>()
  for (const { file, set } of targets) {
    const path = await realpath(resolve(cwd, file)).catch((cause: unknown) => {
      throw editError(`${file} is not there`, 'Make the file, or correct its path in the definition’s `switch`.', cause)
    })
    const known = files.get(path)
    files.set(path, { file: known?.file ?? file, set: { ...known?.set, ...set } })
  }
  return files
}

async function planFile(path: string, { file, set }: Given, folder: string): Promise<Plan> {
  const { mode, uid, gid } = await stat(path)
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw editError(`${file} cannot be read`, 'Make it a file that this user can read and write.', cause)
  })
  const earlier = await readRecord(folder, path)
  const known = earlier?.state === 'reverted' ? undefined : earlier
  const done = known !== undefined && known.after === sha256(bytes)
  if (known !== undefined && !done && known.before !== sha256(bytes)) throw conflict(file, 'since the switch')
  const original = known !== undefined && done ? await readOriginal(folder, known) : bytes
  const json = /\.jsonc?$/i.test(basename(path))
  const text = decode(original, file)
  const edited = Buffer.from(named(file, () => (json ? editJson(text, set) : editEnv(text, set))))
  // Switched already, but to other values: the definition was changed since.
  if (known !== undefined && done && sha256(edited) !== known.after) throw conflict(file, 'since the switch, or the definition was')
  const diff = diffLines(maskSecrets(text, { json }), maskSecrets(edited.toString(), { json, old: text }))
  return {
    switched: { file, diff, record: recordPath(folder, path) },
    record: { path, before: sha256(original), after: sha256(edited), mode: mode & 0o7777, state: 'prepared' },
    owner: { uid, gid },
    original,
    edited,
    done,
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw editError(`${file} is no UTF-8 text`, 'Store the file as UTF-8.', cause)
  }
}

/** Puts the file's name before what its editor says. */
function named(file: string, edit: () => string): string {
  try {
    return edit()
  } catch (error) {
    if (!isFerryError(error)) throw error
    throw new FerryError(error.code, `${file}: ${error.message}`, { hint: error.hint, cause: error })
  }
}

async function apply(plans: readonly Plan[], folder: string): Promise<void> {
  const written: Plan[] = []
  try {
    for (const plan of plans) {
      if (!plan.done) {
        await writePlan(plan, folder)
        written.push(plan)
      } else await writeRecord(folder, { ...plan.record, state: 'switched' })
    }
  } catch (error) {
    for (const plan of written.reverse()) await takeBack(plan, folder)
    if (isFerryError(error)) throw error
    throw editError('a configuration file could not be written', 'Check free space and the rights of the file and its folder.', error)
  }
}

/** Record first, then the file: a kill in between is seen by the file's hash. */
async function writePlan({ record, owner, original, edited, switched }: Plan, folder: string): Promise<void> {
  await prepareRecord(folder, record, original)
  await replaceUnchanged(record.path, { bytes: edited, expected: record.before, mode: record.mode, owner, file: switched.file })
  await writeRecord(folder, { ...record, state: 'switched' })
}

async function takeBack({ record, owner, original, switched }: Plan, folder: string): Promise<void> {
  await replaceUnchanged(record.path, { bytes: original, expected: record.after, mode: record.mode, owner, file: switched.file })
  await writeRecord(folder, { ...record, state: 'reverted' })
}

interface Replacement {
  readonly bytes: Uint8Array
  /** sha256 the file must have until the last moment. */
  readonly expected: string
  readonly mode: number
  readonly owner: { readonly uid: number; readonly gid: number }
  /** As messages name it. */
  readonly file: string
}

/** Replaces a file that is still as it was read. @throws FERRY_SWITCH_CONFLICT */
export async function replaceUnchanged(path: string, { bytes, expected, mode, owner, file }: Replacement): Promise<void> {
  await replaceFile(path, bytes, {
    mode,
    owner,
    async beforeRename() {
      if (sha256(await readFile(path)) !== expected) throw conflict(file, 'while it was being switched')
    },
  })
}

/** A file that somebody else changed. */
export function conflict(file: string, when: string): FerryError {
  return new FerryError('FERRY_SWITCH_CONFLICT', `${file} was changed ${when}`, {
    hint: `The file was left as it is. Look at it, then put the switched content back and run the same command again${
      when === 'since the switch' ? '; or set the values by hand, and take back the rows alone: `ferry rollback --level rows`' : ''
    }.`,
  })
}
