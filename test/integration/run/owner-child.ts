/** A transfer in its own process; prints how it ended. */
import type { Knex } from 'knex'
import { isFerryError } from '../../../src/core/errors.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import { defineWorld } from '../../support/world.ts'

interface Order {
  readonly config: Knex.Config
  readonly snapshot: string
  readonly folder: string
  readonly throttle: number
  readonly leaseTtlMs?: number
}

const { config, snapshot, folder, ...options } = JSON.parse(process.argv[2] ?? '') as Order
const target = await openTarget({ config })
try {
  const result = await startTransfer({ transfer: defineWorld(snapshot, folder), target, noBackup: true, batchRows: 10, ...options })
  process.stdout.write(JSON.stringify({ status: result.status, code: result.error?.code }))
} catch (error) {
  process.stdout.write(JSON.stringify({ code: isFerryError(error) ? error.code : String(error) }))
} finally {
  await target.close()
}
