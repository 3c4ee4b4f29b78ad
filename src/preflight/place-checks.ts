import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { findBackupTool } from '../backup/find-backup-tool.ts'
import type { Check } from '../core/check.ts'
import { isOwnerAlive, ownerName } from '../state/lease.ts'
import { listRuns } from '../state/runs.ts'
import { hasState } from '../state/state-tables.ts'
import { failed, listNames, passed, warning } from './checked.ts'
import type { PreflightOptions } from './preflight.ts'
import { findRefusals } from './server-permissions.ts'

/** disk-space: what the run needs beside the database and in its own folder. `bytes`: of the rows. */
export async function checkSpace(options: PreflightOptions, bytes: number): Promise<Check> {
  const file = options.target.file
  const database = file === undefined || file === ':memory:' ? undefined : resolve(file)
  // Rows stand in the database and, until it is folded back, once more in its write-ahead log.
  const needs = database === undefined ? [] : [{ folder: await existingFolder(dirname(database)), bytes: 2 * bytes }]
  const copy = options.backup && database !== undefined ? await sizeOf(database) : 0
  needs.push({ folder: await existingFolder(resolve(options.folder)), bytes: copy + (options.source.volatile ? bytes : 0) })
  const short: string[] = []
  for (const need of await byDisk(needs)) {
    const { bavail, bsize } = await statfs(need.folder)
    const free = bavail * bsize
    if (free < need.bytes) short.push(`${need.folder}: ${renderBytes(need.bytes)} needed, ${renderBytes(free)} free`)
  }
  const total = needs.reduce((sum, need) => sum + need.bytes, 0)
  if (short.length === 0) return passed('disk-space', `about ${renderBytes(total)} needed, log and backup included`)
  return failed('disk-space', short.join('; '), 'Free space, or move the folder of runs (`folder` in the definition) to another disk.')
}

interface Need {
  readonly folder: string
  readonly bytes: number
}

/** Needs on one disk are met from the same free space. */
async function byDisk(needs: readonly Need[]): Promise<readonly Need[]> {
  const disks = new Map<number, Need>()
  for (const { folder, bytes } of needs) {
    const { dev } = await stat(folder)
    const before = disks.get(dev)
    disks.set(dev, { folder: before?.folder ?? folder, bytes: (before?.bytes ?? 0) + bytes })
  }
  return [...disks.values()]
}

async function existingFolder(path: string): Promise<string> {
  let folder = path
  while ((await sizeOf(folder)) === -1 && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** -1 for a file that is not there. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    return -1
  }
}

function renderBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value >= 10 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

/** permissions: the database file with its -wal and -shm, its folder, and the folder of runs must be writable; a server must let its user write. */
export async function checkPermissions(options: PreflightOptions): Promise<Check> {
  const files = await checkWritable(options)
  if (files.status === 'failed' || options.target.engine === 'sqlite') return files
  const { session, tables, order, transfer } = options
  const upserted = transfer.mappings.filter(({ conflict }) => conflict === 'upsert').map(({ table }) => table)
  const updated = new Set([...order.steps.filter(({ kind }) => kind === 'patch').map(({ table }) => table), ...upserted])
  const mapped = transfer.mappings.filter(({ table }) => tables.has(table)).map(({ table }) => table)
  const { load, rollback } = await findRefusals(session, {
    tables: new Map(mapped.map((table) => [table, { updates: updated.has(table) }])),
    hasState: await hasState(session),
  })
  if (load.length > 0) {
    return failed(
      'permissions',
      `the server refuses this user: ${listNames(load)}`,
      'GRANT it to the user of the knexfile, or connect as another one.',
    )
  }
  if (rollback.length === 0) return passed('permissions', 'the user may write to every target table, and the folder of runs can be written')
  return warning(
    'permissions',
    `the server refuses this user: ${listNames(rollback)}`,
    'The load does without; `ferry rollback` could not take its rows out. GRANT it, or roll back as another user.',
  )
}

async function checkWritable(options: PreflightOptions): Promise<Check> {
  const file = options.target.file
  const database = file === undefined || file === ':memory:' ? undefined : resolve(file)
  const paths = database === undefined ? [] : [dirname(database), database, `${database}-wal`, `${database}-shm`]
  paths.push(await existingFolder(resolve(options.folder)))
  const refused: string[] = []
  for (const path of paths) {
    if ((await sizeOf(path)) !== -1 && !(await isWritable(path))) refused.push(path)
  }
  if (refused.length === 0)
    return passed('permissions', database === undefined ? 'the folder of runs can be written' : 'database and folders can be written')
  return failed('permissions', `cannot be written: ${listNames(refused)}`, 'Make them writable for the user who runs this command.')
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** other-run: a run with a living lease, of whatever transfer, that writes to this database. */
export async function checkOtherRun({ session }: PreflightOptions): Promise<Check> {
  if (!(await hasState(session))) return passed('other-run', 'no run has been here yet')
  const [clock] = await session.all<{ now: number }>(`select ${session.dialect.nowMs} as now`)
  const now = Number(clock?.now)
  const runs = await listRuns(session, { limit: 50 })
  const busy = runs.filter(
    ({ owner, leaseExpiresAt, status }) =>
      ['running', 'verifying', 'rolling_back'].includes(status) && isElsewhere(owner) && (leaseExpiresAt ?? 0) > now,
  )
  if (busy.length === 0) return passed('other-run', 'no other run is at work')
  return failed(
    'other-run',
    `at work: ${listNames(busy.map(({ id, transfer, owner }) => `${transfer} ${id} (${owner})`))}`,
    'Wait for it, or stop it: `ferry pause`, `ferry cancel`.',
  )
}

/** Held by another process that lives, or lives on another host for all we know. */
function isElsewhere(owner: string | null): boolean {
  return owner !== null && owner !== ownerName() && isOwnerAlive(owner) !== false
}

/** backup-tool: the program that writes the backup must be found. */
export async function checkBackupTool(options: PreflightOptions, path = process.env.PATH ?? ''): Promise<Check> {
  if (!options.backup)
    return warning(
      'backup-tool',
      'no backup will be made',
      'Without a backup the level `restore` of rollback is not there; leave --no-backup out.',
    )
  const tool = await findBackupTool(options.target.engine, 'dump', path)
  if (tool === undefined) return passed('backup-tool', 'the driver makes the backup itself')
  if (tool.path !== undefined) return passed('backup-tool', `${tool.name} is installed`)
  return failed('backup-tool', `${tool.name} is not installed`, `Install ${tool.packages}, or run with --no-backup.`)
}
