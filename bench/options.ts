import { parseArgs } from 'node:util'
import type { EngineName } from './beds/bed.ts'

export interface BenchOptions {
  readonly sessions: number
  readonly rounds: number
  readonly engines: readonly EngineName[]
  readonly full: boolean
  /** Where results, the page and the workload's files go. */
  readonly out: string
}

const ENGINES: readonly EngineName[] = ['sqlite', 'postgres', 'mysql']

/** `--sessions`, `--rounds`, `--engines sqlite,postgres,mysql`, `--full` (a million rows, every engine that answers), `--out`. @throws TypeError */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sessions: { type: 'string' },
      rounds: { type: 'string' },
      engines: { type: 'string' },
      full: { type: 'boolean', default: false },
      out: { type: 'string', default: 'bench/results' },
    },
  })
  const named = values.engines?.split(',')
  const full = values.full || named !== undefined
  return {
    sessions: toCount(values.sessions ?? (values.full ? '1000000' : '200000'), '--sessions'),
    rounds: toCount(values.rounds ?? '5', '--rounds'),
    engines: ENGINES.filter((engine) => (named === undefined ? values.full || engine === 'sqlite' : named.includes(engine))),
    full,
    out: values.out,
  }
}

function toCount(text: string, name: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new TypeError(`${name} takes a whole number above 0, not ${JSON.stringify(text)}`)
}
