/** A process that restores a backup and may end itself by SIGKILL on the way. Argument: JSON. Prints `done` when it came to its end. */
import type { Knex } from 'knex'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { openTarget } from '../../src/target/open-target.ts'

export interface RestoreOrder {
  readonly config: Knex.Config
  readonly manifest: string
  /** Killed before the piece of pages with this number, from 0. */
  readonly killAtPiece?: number
}

const order = JSON.parse(process.argv[2] ?? '') as RestoreOrder
const target = await openTarget({ config: order.config })
let pieces = 0
await restoreBackup({
  target,
  manifest: order.manifest,
  onPages: () => {
    if (pieces === order.killAtPiece) process.kill(process.pid, 'SIGKILL')
    pieces += 1
  },
})
await target.close()
process.stdout.write(`done ${pieces}`)
