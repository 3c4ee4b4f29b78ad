import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface ReplaceOptions {
  /** Permission bits; default 0o600. */
  readonly mode?: number
  /** User and group of the new file; left as the process makes it where they may not be given away. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** Runs when the new file stands complete beside the old one, just before it takes its place. A throw leaves the old file as it was. */
  readonly beforeRename?: () => Promise<void>
}

/** Writes a file so that readers, and a crash at any moment, see the old content or the new, never half: beside, fsync, rename, fsync of the folder. */
export async function replaceFile(path: string, data: string | Uint8Array, options: ReplaceOptions = {}): Promise<void> {
  const beside = besideOf(path)
  await rm(beside, { force: true }) // of a process that was killed
  try {
    const file = await open(beside, 'wx', options.mode ?? 0o600)
    try {
      await file.writeFile(data)
      await setRights(file, options)
      await file.sync()
    } finally {
      await file.close()
    }
    await options.beforeRename?.()
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** Where the new content of a file stands until it takes its place; what a kill leaves there is removed by the next replacement. */
export function besideOf(path: string): string {
  return `${path}.ferry-new`
}

async function setRights(file: FileHandle, { mode, owner }: ReplaceOptions): Promise<void> {
  if (owner !== undefined) {
    const now = await file.stat()
    // Only root may give a file away: without the right to, it stays ours.
    if (now.uid !== owner.uid || now.gid !== owner.gid) await file.chown(owner.uid, owner.gid).catch(() => {})
  }
  await file.chmod(mode ?? 0o600) // the mode of open() is cut by the umask, and chown may clear bits
}

/** Makes what a file holds survive a power cut. Never for a SQLite database that this process has open: closing any handle drops its locks. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes names made, moved or removed in a folder survive a power cut; does nothing where the system cannot (Windows). */
export async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined
  try {
    folder = await open(path, 'r')
    await folder.sync()
  } catch (error) {
    if (process.platform !== 'win32') throw error
  } finally {
    await folder?.close()
  }
}
