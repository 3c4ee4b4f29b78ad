import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FerryError } from '../core/errors.ts'
import type { Backup } from './create-backup.ts'
import { replaceFile } from './replace-file.ts'

/** Name of the manifest in a backup's folder; written last, so a folder without it is no backup. */
export const MANIFEST_FILE = 'manifest.json'

/** What a manifest file says of the copy beside it. Holds no secrets. */
export interface Manifest {
  readonly $ferryBackup: 1
  readonly id: string
  /** Name of the copy, in the manifest's own folder. */
  readonly file: string
  readonly bytes: number
  readonly sha256: string
  readonly engine: string
  readonly engineVersion: string
  /** The npm package that talks to the engine. */
  readonly driver: { readonly name: string; readonly version: string }
  /** The program that wrote a dump. */
  readonly tool?: string
  readonly target: string
  /** ms since 1970. */
  readonly createdAt: number
  readonly runId?: string
  /** SQLite: how the database kept its journal; the copy itself stands alone, without a write-ahead log. */
  readonly journalMode?: string
  /** Knex migrations applied, in order. */
  readonly migrations: readonly string[]
  /** Rows by table: of the copy itself on SQLite and PostgreSQL, counted just before the dump on MySQL. */
  readonly rows: Readonly<Record<string, number>>
}

/** Writes the manifest, which makes the backup one. Resolves with it as callers see it. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<Backup> {
  const path = join(folder, MANIFEST_FILE)
  await replaceFile(path, `${JSON.stringify(manifest, null, 2)}\n`)
  return toBackup(path, manifest)
}

/** @throws FERRY_BACKUP_INVALID when it is missing, cut or of another kind */
export async function readManifest(path: string): Promise<Manifest> {
  let found: unknown
  try {
    found = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw invalid(`the manifest ${path} cannot be read`, cause)
  }
  if (!isManifest(found)) throw invalid(`${path} is no manifest of a backup`)
  return found
}

/** A manifest as callers see it, paths made whole. */
export function toBackup(path: string, manifest: Manifest): Backup {
  const { id, bytes, sha256, engine, target, createdAt } = manifest
  const whole = resolve(path)
  return { id, path: join(dirname(whole), manifest.file), manifest: whole, bytes, sha256, engine, target, createdAt }
}

function isManifest(found: unknown): found is Manifest {
  if (found === null || typeof found !== 'object') return false
  const has = (name: string, type: string) => typeof Reflect.get(found, name) === type
  const file: unknown = Reflect.get(found, 'file')
  return (
    Reflect.get(found, '$ferryBackup') === 1 &&
    typeof file === 'string' &&
    basename(file) === file && // stays in its folder
    ['id', 'sha256', 'engine', 'target'].every((name) => has(name, 'string')) &&
    ['bytes', 'createdAt'].every((name) => has(name, 'number')) &&
    ['migrations', 'rows'].every((name) => has(name, 'object'))
  )
}

/** A backup that must not be restored. */
export function invalid(what: string, cause?: unknown): FerryError {
  return new FerryError('FERRY_BACKUP_INVALID', what, {
    hint: 'Nothing was restored from it. `ferry backup list` names the others; keep this one aside until you know what happened to it.',
    ...(cause === undefined ? {} : { cause }),
  })
}
