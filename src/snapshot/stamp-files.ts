import { stat } from 'node:fs/promises'

/** Places, sizes and times of files: whoever writes to one of them gives it another stamp. undefined where one cannot be asked. */
export async function stampFiles(paths: Iterable<string>): Promise<string | undefined> {
  const stamps: string[] = []
  for (const path of paths) {
    const found = await stat(path, { bigint: true }).catch(() => undefined)
    if (found === undefined) return undefined
    stamps.push(`${found.dev}:${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`)
  }
  return stamps.join('\n')
}
