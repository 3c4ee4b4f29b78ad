/** A process that switches configuration files and ends itself by SIGKILL just before a rename. Argument: JSON. */
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import type { SwitchTarget } from '../../src/definition/transfer.ts'

export interface SwitchOrder {
  readonly mode: 'switch' | 'revert'
  readonly targets: readonly SwitchTarget[]
  readonly cwd: string
  readonly folder: string
  /** Killed before the rename with this number, from 0. */
  readonly killAt: number
}

const order = JSON.parse(process.argv[2] ?? '') as SwitchOrder
const { rename } = fs
let renames = 0
fs.rename = async (from, to) => {
  if (renames === order.killAt) process.kill(process.pid, 'SIGKILL')
  renames += 1
  await rename(from, to)
}
syncBuiltinESMExports()
const { switchConfig } = await import('../../src/switch/switch-config.ts')
const { revertSwitch } = await import('../../src/switch/revert-switch.ts')
const { cwd, folder, targets } = order
if (order.mode === 'switch') await switchConfig({ targets, cwd, folder, dryRun: false })
else await revertSwitch({ cwd, folder, dryRun: false })
process.stdout.write(String(renames))
