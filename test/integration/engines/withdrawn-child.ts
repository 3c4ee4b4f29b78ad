/** The process that a test of withdrawn indexes and foreign keys kills; told by a JSON argument. Prints the outcome as JSON. */
import type { Knex } from 'knex'
import { rollbackTransfer } from '../../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import { createKillingTarget, type KillPlan } from '../../crash/killing-target.ts'
import { defineWithdrawn, type WithdrawnWorld } from '../../support/withdrawn-world.ts'

export interface WithdrawnOrder {
  readonly mode: 'start' | 'rollback'
  readonly world: WithdrawnWorld
  readonly config: Knex.Config
  readonly snapshot: string
  readonly folder: string
  readonly kill: KillPlan
}

const order = JSON.parse(process.argv[2] ?? '') as WithdrawnOrder
const opened = await openTarget({ config: order.config })
const { target } = createKillingTarget(opened, order.kill)
const common = { transfer: defineWithdrawn(order.world, order.snapshot, order.folder), target, noBackup: true, deferIndexesFrom: 1 }
try {
  const { status } = order.mode === 'start' ? await startTransfer(common) : await rollbackTransfer(common)
  process.stdout.write(JSON.stringify({ status }))
} finally {
  await opened.close()
}
