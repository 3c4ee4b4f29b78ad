/** The process that a crash test kills: one transfer, resume or rollback of the world, told by a JSON argument. Prints its outcome as JSON. */
import type { Knex } from 'knex'
import { isFerryError } from '../../src/core/errors.ts'
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
const common = { transfer: defineWorld(order.snapshot, order.folder), target: killing.target, noBackup: true }
const WORK = {
  start: () => startTransfer(common),
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
