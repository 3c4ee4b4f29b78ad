/**
 * What can be done with a transfer. Each operation loads its code with its first call: a file that only defines a transfer, which every command and every
 * worker thread loads, loads little.
 */

type Operation<Given extends unknown[], Result> = (...given: Given) => Promise<Result>

function later<Given extends unknown[], Result>(load: () => Promise<Operation<Given, Result>>): Operation<Given, Result> {
  return async (...given) => (await load())(...given)
}

/** Opens what a transfer writes to. @throws FERRY_TARGET_CONNECT, FERRY_CONFIG_INVALID */
export const openTarget = later(async () => (await import('../target/open-target.ts')).openTarget)
/** Starts a run and takes it to rest. Resolves with what the database holds. */
export const startTransfer = later(async () => (await import('./start-transfer.ts')).startTransfer)
/** Goes on with an unfinished run after its last committed batch. */
export const resumeTransfer = later(async () => (await import('./resume-transfer.ts')).resumeTransfer)
/** Tries the open rejects of a run again, as a run of their own. */
export const retryRejects = later(async () => (await import('./retry-rejects.ts')).retryRejects)
/** Takes out what a run wrote, by levels. */
export const rollbackTransfer = later(async () => (await import('./rollback-transfer.ts')).rollbackTransfer)
/** Verifies a run any time later; an unverified run that passes becomes completed. @throws FERRY_RUN_NOT_FOUND */
export const verifyTransfer = later(async () => (await import('./verify-transfer.ts')).verifyTransfer)
/** Says what a transfer would do; writes nothing. */
export const planTransfer = later(async () => (await import('./plan-transfer.ts')).planTransfer)
/** Runs one transfer on several engines and compares what they hold. */
export const proveParity = later(async () => (await import('./prove-parity.ts')).proveParity)
/** Compares the rows of two targets of one transfer. */
export const compareTargets = later(async () => (await import('./compare-targets.ts')).compareTargets)
/** How a run stands. @throws FERRY_RUN_NOT_FOUND */
export const readStatus = later(async () => (await import('./read-status.ts')).readStatus)
/** Asks a run in another process to pause, or to stop for good. */
export const askToStop = later(async () => (await import('./request-stop.ts')).askToStop)
/** Copies the target while the app goes on writing, and checks the copy. @throws FERRY_BACKUP_FAILED */
export const createBackup = later(async () => (await import('../backup/create-backup.ts')).createBackup)
