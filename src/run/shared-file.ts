import type { Target } from '../target/target.ts'

/** A database file that other connections may read; a database in memory has one connection, and an address may name one too. */
export function sharedFile({ file }: Target): string | undefined {
  return file === '' || file === ':memory:' || file?.startsWith('file:') === true ? undefined : file
}
