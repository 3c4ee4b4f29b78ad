import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { prepareSteps } from '../../src/run/prepare-steps.ts'
import { startTransfer } from '../../src/run/start-transfer.ts'
import { createResolver } from '../../src/state/resolver.ts'
import { readRun } from '../../src/state/runs.ts'
import { readSteps } from '../../src/state/steps.ts'
import { openTarget } from '../../src/target/open-target.ts'
import type { Session, Target } from '../../src/target/target.ts'
import { type VerifyOptions, type VerifyResult, verifyRun } from '../../src/verify/verify.ts'
import { createSqliteDatabase, type SqliteDatabase } from './sqlite-database.ts'

/** A transfer that has run into a SQLite file of its own, and a session to look at it. */
export interface Moved {
  readonly database: SqliteDatabase
  readonly target: Target
  readonly session: Session
  readonly transfer: ResolvedTransfer
  readonly runId: string
  /** Verifies the run on `session`, inside its transaction where one is open. */
  verify(options?: Partial<VerifyOptions>): Promise<VerifyResult>
  drop(): Promise<void>
}

/** Makes the tables and runs the transfer; a run that did not complete is an error. */
export async function moveInto(transfer: ResolvedTransfer, makeTables: (session: Session) => Promise<void>): Promise<Moved> {
  const database = createSqliteDatabase()
  const target = await openTarget({ config: database.config })
  const first = await target.openSession()
  try {
    await makeTables(first)
  } finally {
    await first.close()
  }
  const placed = { ...transfer, folder: `${database.folder}/.ferry` }
  const result = await startTransfer({ transfer: placed, target, noBackup: true })
  if (result.error !== undefined) throw new Error(`${result.status}: ${result.error.code} ${result.error.message}`)
  const session = await target.openSession()
  return {
    database,
    target,
    session,
    transfer: placed,
    runId: result.runId,
    verify: (options = {}) => verifyMoved({ target, session, transfer: placed, runId: result.runId }, options),
    async drop() {
      await session.close()
      await target.close()
      database.drop()
    },
  }
}

async function verifyMoved(
  moved: { target: Target; session: Session; transfer: ResolvedTransfer; runId: string },
  options: Partial<VerifyOptions>,
): Promise<VerifyResult> {
  const { target, session, transfer, runId } = moved
  const { tables, order } = await prepareSteps(session, transfer)
  return verifyRun({
    transfer,
    source: transfer.source,
    target,
    session,
    run: await readRun(session, runId),
    steps: await readSteps(session, runId),
    tables,
    order,
    resolver: createResolver({ session, transfer, order, tables, runIds: [runId] }),
    mode: 'gate',
    strict: true,
    report: () => {},
    ...options,
  })
}
