import { parseArgs } from 'node:util'
import type { EngineName } from './beds/bed.ts'
import { WORKLOAD_NAMES } from './workload/find-workload.ts'

export interface BenchOptions {
  readonly workloads: readonly string[]
  /** Records of the main collection, one bench a number; empty: what the workload has by itself. */
  readonly sizes: readonly number[]
  readonly rounds: number
  /** undefined: SQLite, or with `full` all. */
  readonly engines: readonly EngineName[]
  /** Names; empty: those who take part by themselves. */
  readonly contestants: readonly string[]
  readonly full: boolean
  /** The bench of CI: few contestants, few rounds, compared with what was recorded. */
  readonly short: boolean
  /** Writes what the short bench compares with. */
  readonly record: boolean
  /** Measures commands that should cost next to nothing. */
  readonly commands: boolean
  /** Where results, the page and the workload's files go. */
  readonly out: string
}

const ENGINES: readonly EngineName[] = ['sqlite', 'postgres', 'mysql']
const SUFFIXES: Readonly<Record<string, number>> = { '': 1, k: 1_000, m: 1_000_000 }
const SHORT = { sizes: '100k', rounds: '3', contestants: 'bare loop;ferry;ferry, one thread;ferry + verify' }
/** Where memory and growth are asked for, and the others would take hours. */
const FOR_SIZES = 'bare loop;ferry;ferry + verify'

export const USAGE = `npm run bench -- [options]

Loads the same work with several contestants by turns; docs/performance.md tells what they are.

  --workload <names>      ${WORKLOAD_NAMES.join(', ')}, parted by commas, or all; default sessions
  --records <count>       of the main collection: 200000, 200k, 1m
  --sizes <counts>        one bench a size, then how time and memory grow
  --rounds <count>        default 5
  --engines <names>       sqlite, postgres, mysql, parted by commas; default sqlite
  --contestants <names>   these alone, parted by ;
  --full                  every workload, larger, on every engine that answers: hours
  --commands              what ferry --help and ferry status cost
  --short                 what CI runs; with --record, writes what it compares with
  --out <folder>          for results and the workloads' files; default bench/results
`

/** Reads the options that docs/performance.md tells of. @throws TypeError */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workload: { type: 'string' },
      records: { type: 'string' },
      sessions: { type: 'string' },
      sizes: { type: 'string' },
      rounds: { type: 'string' },
      engines: { type: 'string' },
      contestants: { type: 'string' },
      full: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      commands: { type: 'boolean', default: false },
      out: { type: 'string', default: 'bench/results' },
    },
  })
  const short = values.short || values.record
  const named = values.engines?.split(',')
  const sizes = values.sizes ?? values.records ?? values.sessions ?? (short ? SHORT.sizes : undefined)
  const contestants = values.contestants ?? (short ? SHORT.contestants : values.sizes === undefined ? undefined : FOR_SIZES)
  return {
    workloads: readWorkloads(values.workload ?? (values.full ? 'all' : 'sessions')),
    sizes: sizes?.split(',').map(readCount) ?? [],
    rounds: readCount(values.rounds ?? (short ? SHORT.rounds : '5')),
    engines: ENGINES.filter((engine) => (named === undefined ? values.full || engine === 'sqlite' : named.includes(engine))),
    contestants: contestants?.split(';').map((name) => name.trim()) ?? [],
    full: values.full,
    short,
    record: values.record,
    commands: values.commands || values.full,
    out: values.out,
  }
}

function readWorkloads(text: string): readonly string[] {
  const names = text === 'all' ? WORKLOAD_NAMES : text.split(',')
  const unknown = names.find((name) => !WORKLOAD_NAMES.includes(name))
  if (unknown !== undefined) throw new TypeError(`there is no workload ${JSON.stringify(unknown)}: ${WORKLOAD_NAMES.join(', ')}, or all`)
  return names
}

/** `200000`, `200k`, `1m`. */
function readCount(text: string): number {
  const [, digits, suffix = ''] = /^(\d+)([km]?)$/.exec(text.trim().toLowerCase()) ?? []
  const count = Number(digits) * (SUFFIXES[suffix] ?? Number.NaN)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new TypeError(`${JSON.stringify(text)} is no whole number above 0 (200000, 200k, 1m)`)
}
