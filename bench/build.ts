import { execFileSync } from 'node:child_process'
import { cpSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findUp } from './workload/find-up.ts'

/** Folders of the compiled bench and library. */
export interface Built {
  readonly whole: string
  /** The same, whose modules that only the journal needs give nothing: measures a run without one, from the same start-up on. */
  readonly withoutJournal: string
}

const STUBS: Readonly<Record<string, string>> = {
  'src/state/pack-journal.js': `export const packJournal = () => new Uint8Array(0)
export const unpackJournal = () => { throw new Error('this run has no journal') }
export const unpackHashes = unpackJournal
`,
  'src/transform/row-hash.js': 'export const openRowHash = async () => () => () => 0n\n',
}

/** Contestants run as the package does: compiled, without a loader. What is built goes when the process ends. */
export function build(): Built {
  // Inside the project, where the packages are found; apart for each bench that runs.
  const whole = join(findUp('bench'), 'results', `built-${process.pid}`)
  const withoutJournal = `${whole}-without-journal`
  process.on('exit', () => {
    for (const folder of [whole, withoutJournal]) rmSync(folder, { recursive: true, force: true })
  })
  execFileSync(process.execPath, [findUp('node_modules/typescript/bin/tsc'), '-p', findUp('bench/tsconfig.json'), '--outDir', whole], {
    stdio: 'inherit',
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  cpSync(whole, withoutJournal, { recursive: true })
  for (const [path, source] of Object.entries(STUBS)) {
    const file = join(withoutJournal, path)
    // A module that is elsewhere now would leave the journal in.
    statSync(file)
    writeFileSync(file, source)
  }
  return { whole, withoutJournal }
}
