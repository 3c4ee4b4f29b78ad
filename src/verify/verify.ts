import type { Check } from '../core/check.ts'
import type { Report } from '../core/events.ts'
import type { RowSum } from '../core/row-sum.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { StepOrder } from '../definition/order-steps.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { SharedParents } from '../state/parent-census.ts'
import type { Run } from '../state/runs.ts'
import type { StepState } from '../state/steps.ts'
import type { Codec, Session, TableInfo, Target } from '../target/target.ts'
import type { RefusedItems } from '../transform/expected-rows.ts'
import type { Resolver } from '../transform/pipeline.ts'
import { openRowHash, type RowHasher } from '../transform/row-hash.ts'
import { compareTable, isAlone } from './compare-table.ts'
import { type ComparedStep, type ComparedTable, compareSteps } from './compared-table.ts'
import { checkCounts, checkRows } from './count-checks.ts'
import { checkDerived } from './derived-checks.ts'
import { DifferenceList } from './difference-list.ts'
import { checkEngine } from './engine-checks.ts'
import type { ExpectedOptions } from './expected-rows.ts'
import { checkInvariant } from './invariant-checks.ts'
import { openJournalResolver } from './journal-resolver.ts'
import { readOtherRuns } from './other-runs.ts'
import { sumAhead } from './sum-ahead.ts'

export type DifferenceKind = 'missing' | 'extra' | 'changed' | 'changed_since'

/** One thing that is not as it should be. Values are shown here and in the report only, never in errors or logs. */
export interface Difference {
  readonly kind: DifferenceKind
  readonly table: string
  /** Primary key as text. */
  readonly key: string
  readonly column?: string
  readonly expected?: string | null
  readonly found?: string | null
}

export interface TableVerdict {
  readonly table: string
  readonly mapping: string
  /** Rows this run should have there, rows found, and differences by kind. */
  readonly expected: number
  readonly found: number
  readonly missing: number
  readonly extra: number
  readonly changed: number
  readonly changedSince: number
}

export interface VerifyResult {
  readonly passed: boolean
  /** Compared with the source where definition and fingerprint match, else with the journal. */
  readonly basis: 'source' | 'journal'
  /** Why the journal is the basis, as the end of a sentence: `the source changed since the run`. */
  readonly basisReason?: string
  readonly tables: readonly TableVerdict[]
  /** At most `limit` of them. */
  readonly differences: readonly Difference[]
  /** counts, foreign-keys, sequences, integrity, derived:<collection>, invariant:<name> ... */
  readonly checks: readonly Check[]
  readonly ms: number
}

export interface VerifyOptions {
  readonly transfer: ResolvedTransfer
  /** undefined: the source is gone or changed; the journal is the basis. */
  readonly source: SourceAdapter | undefined
  /** Why there is no source to compare with. */
  readonly withoutSource?: string
  readonly target: Target
  readonly session: Session
  readonly run: Run
  readonly steps: readonly StepState[]
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly order: StepOrder
  readonly resolver: Resolver
  /** Gate: right after load, nobody else wrote. Later: what the app added or edited is `changed_since`. */
  readonly mode: 'gate' | 'later'
  readonly strict: boolean
  /** Differences to list; default 100. */
  readonly limit?: number
  readonly report: Report
  readonly signal?: AbortSignal
  readonly sumThreads?: SumThreads
}

/** Threads that make the sum of the rows a step should have written, while this one reads its table. */
export interface SumThreads {
  /** Begins with a step, after those begun before; undefined where threads cannot serve it. */
  begin(step: StepToSum): Promise<BegunSum | undefined>
}

export interface BegunSum {
  /** Waits for the whole; undefined where a thread could not make its part. Sums are finished in the order they were begun in. */
  finish(signal: AbortSignal): Promise<RowSum | undefined>
}

export interface StepToSum {
  readonly load: StepState
  readonly patch: StepState | undefined
  /** Places of the columns that the patch step fills. */
  readonly patchedPlaces: readonly number[]
  readonly refused: RefusedItems
  /** Answers what `parents` does not hold. */
  readonly resolver: Resolver
  readonly parents: ReadonlyMap<string, SharedParents>
}

/** Proves what arrived. Reads only. */
export async function verifyRun(options: VerifyOptions): Promise<VerifyResult> {
  const startedAt = performance.now()
  const { session, tables, target, mode } = options
  const hasherFor = await openRowHash()
  const { compared, lost } = compareSteps(options.steps, tables, { dialect: target.dialect, hasherFor })
  // What a retry landed came from rejects, not from the source in its order: its journal is all there is to compare with.
  const source = options.run.kind === 'retry' ? undefined : options.source
  const list = new DifferenceList({ later: mode === 'later', limit: options.limit ?? 100 })
  const joined = await joinTables(options, compared, hasherFor)
  const expected = source === undefined ? undefined : await openExpected(options, { source, compared, joined })
  const verdicts: TableVerdict[] = []
  const checks: Check[] = []
  try {
    checks.push(await checkCounts(options), ...(await checkEngine(session, writtenTables(compared))))
    for (const table of joined) {
      const tallies = await compareTable(table, { options, expected, list, hasherFor })
      verdicts.push(...tallies.map((tally) => tally.verdict()))
    }
  } finally {
    await expected?.ahead.stop()
  }
  checks.unshift(checkRows(verdicts, { lost, basis: source === undefined ? 'journal' : 'source', strict: options.strict }))
  checks.push(...(await checkDeclared(options, hasherFor)))
  return {
    passed: checks.every(({ status }) => status !== 'failed'),
    basis: source === undefined ? 'journal' : 'source',
    ...(source === undefined ? { basisReason: reasonOf(options) } : {}),
    tables: verdicts,
    differences: list.shown,
    checks,
    ms: Math.round(performance.now() - startedAt),
  }
}

/** Other threads begin with the sums of the tables that are compared by sums. */
async function openExpected(
  options: VerifyOptions,
  { source, compared, joined }: { source: SourceAdapter; compared: readonly ComparedStep[]; joined: readonly ComparedTable[] },
): Promise<ExpectedOptions> {
  const expected = { options, source, ...(await openJournalResolver(options, compared)) }
  const steps = joined.filter(isAlone).flatMap((table) => table.steps)
  return { ...expected, ahead: await sumAhead(steps, expected) }
}

function reasonOf({ run, source, withoutSource }: VerifyOptions): string {
  if (run.kind === 'retry' && source !== undefined) return 'a retry lands rejects, not the source in its order'
  return withoutSource ?? 'the source is gone or changed'
}

function writtenTables(compared: readonly ComparedStep[]): readonly TableInfo[] {
  return [...new Map(compared.map(({ table }) => [table.name, table])).values()]
}

async function joinTables(
  options: VerifyOptions,
  compared: readonly ComparedStep[],
  hasherFor: (codecs: readonly Codec[]) => RowHasher,
): Promise<readonly ComparedTable[]> {
  const others = await readOtherRuns(options, hasherFor)
  const { rowsBefore, maxKeyBefore } = options.run.facts
  return writtenTables(compared).map((table) => ({
    table,
    steps: compared.filter((step) => step.table.name === table.name),
    rowsBefore: rowsBefore?.[table.name] ?? 0,
    maxKeyBefore: maxKeyBefore?.[table.name],
    others: others.get(table.name)?.pks,
    linkedByOthers: others.get(table.name)?.linked,
    addedByOthers: others.get(table.name)?.added ?? 0,
  }))
}

/** `derived` and invariants of the definition. */
async function checkDeclared(options: VerifyOptions, hasherFor: (codecs: readonly Codec[]) => RowHasher): Promise<readonly Check[]> {
  const { transfer, session, source, signal } = options
  const checks: Check[] = []
  for (const derived of source === undefined ? [] : transfer.derived) {
    if (source !== undefined) checks.push(await checkDerived(derived, { source, hasherFor, signal }))
  }
  for (const invariant of transfer.invariants) checks.push(await checkInvariant(invariant, { session, source, signal }))
  return checks
}
