import { open } from 'node:fs/promises'

/** Places, sizes and times of files: whoever writes to one of them gives it another stamp. undefined where one cannot be asked. */
export async function stampFiles(paths: Iterable<string>): Promise<string | undefined> {
  const stamps: string[] = []
  for (const path of paths) {
    const stamp = await stampFile(path).catch(() => undefined)
    if (stamp === undefined) return undefined
    stamps.push(stamp)
  }
  return stamps.join('\n')
}

/** Of an open file: for one of another machine the answer to its name alone may be some seconds old (https://man7.org/linux/man-pages/man5/nfs.5.html). */
async function stampFile(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true })
    return `${dev}:${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } finally {
    await file.close()
  }
}
