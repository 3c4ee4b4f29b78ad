/** The process that a crash test kills: one transfer, resume or rollback of the world, told by a JSON argument. Prints its outcome as JSON. */
import type { Knex } from 'knex'
import { isFerryError } from '../../src/core/errors.ts'
import type { RunEvent } from '../../src/core/events.ts'
import { resumeTransfer } from '../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../src/run/start-transfer.ts'
import { openTarget } from '../../src/target/open-target.ts'
import { defineWorld } from '../support/world.ts'
import { createKillingTarget, type KillPlan } from './killing-target.ts'

export interface ChildOrder {
  readonly mode: 'start' | 'resume' | 'rollback'
  readonly config: Knex.Config
  readonly snapshot: string
  readonly folder: string
  readonly kill: KillPlan
  /** File of the definition, for worker threads. */
  readonly definitionFile?: string
  readonly onFailure?: 'stop' | 'rollback'
  /** Also prints what each call was. */
  readonly trace?: boolean
}

const order = JSON.parse(process.argv[2] ?? '') as ChildOrder
const opened = await openTarget({ config: order.config })
const trace: string[] = []
const note = (_call: number, name: string, sql: string) => {
  // what a statement does to which table, without the rest
  if (order.trace) trace.push(`${name} ${sql.replace(/\s+/g, ' ').split(/[(=?]/)[0]?.trim()}`)
}
const killing = createKillingTarget(opened, order.kill, note)
const common = {
  transfer: defineWorld(order.snapshot, order.folder),
  target: killing.target,
  noBackup: true,
  ...(order.definitionFile === undefined ? { workers: 0 } : { definitionFile: order.definitionFile, workers: 2, workersFrom: 1 }),
  // A run that falls back to this thread would test something else.
  onEvent: (event: RunEvent) => {
    if (event.type === 'notice' && event.text.includes('worker thread')) throw new Error(event.text)
  },
}
const WORK = {
  start: () => startTransfer({ ...common, ...(order.onFailure === undefined ? {} : { onFailure: order.onFailure }) }),
  resume: () => resumeTransfer(common),
  rollback: () => rollbackTransfer(common),
}
try {
  const outcome = await WORK[order.mode]()
  const { status } = outcome
  process.stdout.write(JSON.stringify({ status, trace, ...('error' in outcome ? { error: outcome.error } : {}) }))
} catch (error) {
  if (!isFerryError(error)) throw error
  process.stdout.write(JSON.stringify({ code: error.code, message: error.message }))
} finally {
  await opened.close()
}
