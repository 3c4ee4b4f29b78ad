import { FerryError } from '../core/errors.ts'
import { storeFingerprint } from '../state/runs.ts'
import type { OpenRun } from './open-run.ts'
import type { SourceHash } from './run-workers.ts'

const HASHING_MS = 6 * 60 * 60 * 1000

/** @throws FERRY_SOURCE_CHANGED where somebody has written to the source since it was begun with */
export async function takeFingerprint(hash: SourceHash): Promise<string> {
  const fingerprint = await hash.take()
  if (fingerprint !== undefined) return fingerprint
  throw new FerryError('FERRY_SOURCE_CHANGED', 'somebody wrote to the source while it was read', {
    hint: 'See that nothing writes to it; `ferry rollback` where the run has begun; then start again.',
  })
}

/**
 * Stores the fingerprint of the source as the run found it, once a thread has made it; `wait`: waits for that. Does nothing for a run that has it.
 * Until then a resume goes by the stamp. @throws as `takeFingerprint`
 */
export async function settleSource(open: OpenRun, { wait }: { readonly wait: boolean }): Promise<void> {
  const { firstHash } = open
  if (firstHash === undefined || !(wait || firstHash.isMade)) return
  // Nothing renews the lease meanwhile.
  if (!firstHash.isMade) await open.transact(async () => {}, HASHING_MS)
  const fingerprint = await takeFingerprint(firstHash)
  await open.transact((session) => storeFingerprint(session, open.run.id, fingerprint))
  open.firstHash = undefined
  await open.refresh()
}
