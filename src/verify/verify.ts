import type { Check } from '../core/check.ts'
import type { Report } from '../core/events.ts'
import type { RowSum } from '../core/row-sum.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { StepOrder } from '../definition/order-steps.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { SharedParents } from '../state/parent-census.ts'
import type { Run } from '../state/runs.ts'
import type { StepState } from '../state/steps.ts'
import type { Codec, ForeignKeyNames, Session, TableInfo, Target } from '../target/target.ts'
import type { RefusedItems } from '../transform/expected-rows.ts'
import type { JournalSums } from '../transform/journal-hashes.ts'
import type { Resolver } from '../transform/pipeline.ts'
import { openRowHash, type RowHasher } from '../transform/row-hash.ts'
import { type CompareWork, compareTable, isAlone } from './compare-table.ts'
import { type ComparedStep, type ComparedTable, compareSteps } from './compared-table.ts'
import { checkCounts, checkRows } from './count-checks.ts'
import { checkDerived } from './derived-checks.ts'
import { DifferenceList } from './difference-list.ts'
import { checkEngine } from './engine-checks.ts'
import { type ExpectedOptions, readRefusedItems } from './expected-rows.ts'
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

/**
 * What the rows found were compared with. `load`: right after a load without interruption, the rows that it made of the source, by their hashes; what differs, with
 * the source. `source`: the rows that the source gives when it is read and transformed anew. `journal`: the hashes of the rows that were written, where definition or source changed since.
 */
export type VerifyBasis = 'load' | 'source' | 'journal'

export interface VerifyResult {
  readonly passed: boolean
  readonly basis: VerifyBasis
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
  /** Whether this process has made all rows of the run, and from this source: its journal says then what the source gives. Asked once. */
  readonly loadedNow?: () => Promise<boolean>
  /** Indexes that this process has made of the rows of their tables, after the last of them. */
  readonly madeIndexes?: ReadonlySet<string>
  /** Foreign keys that this process has had every row checked for, after the last of them. */
  readonly madeForeignKeys?: ForeignKeyNames
  readonly strict: boolean
  /** Differences to list; default 100. */
  readonly limit?: number
  readonly report: Report
  readonly signal?: AbortSignal
  readonly sumThreads?: SumThreads
}

/** Threads that make sums of rows while this one looks at the target. */
export interface SumThreads {
  /** Begins with the rows that a step should have written, after what was begun before; undefined where threads cannot serve it. */
  begin(step: StepToSum): Promise<BegunSum<RowSum> | undefined>
  /** The same with the rows that the step's table holds, read over connections of their own. */
  beginFound(step: FoundToSum): Promise<BegunSum<JournalSums> | undefined>
  /** The same with the engine's check of itself, of `rows` rows. */
  beginIntegrity(rows: number, made: ReadonlySet<string>): BegunSum<readonly string[]> | undefined
}

export interface BegunSum<Sum> {
  /** Waits for the whole; undefined where a thread could not make its part. Sums are finished in the order they were begun in. */
  finish(signal: AbortSignal): Promise<Sum | undefined>
}

export interface FoundToSum {
  readonly load: StepState
  readonly patch: StepState | undefined
  /** Places of the columns that the patch step fills. */
  readonly patchedPlaces: readonly number[]
  readonly table: TableInfo
  readonly session: Session
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
  const { session, tables, target, mode, madeIndexes, madeForeignKeys, signal = new AbortController().signal } = options
  const hasherFor = await openRowHash()
  const { compared, lost } = compareSteps(options.steps, tables, { dialect: target.dialect, hasherFor })
  // What a retry landed came from rejects, not from the source in its order: its journal is all there is to compare with.
  const source = options.run.kind === 'retry' ? undefined : options.source
  const list = new DifferenceList({ later: mode === 'later', limit: options.limit ?? 100 })
  const joined = await joinTables(options, compared, hasherFor)
  const expected = source && openWhenAsked(async () => ({ options, source, ...(await openJournalResolver(options, compared)) }))
  const { basis, ahead } = await chooseBasis(options, { alone: joined.filter(isAlone).flatMap(({ steps }) => steps), expected })
  const verdicts: TableVerdict[] = []
  const checks: Check[] = []
  try {
    const integrity = async () => (await ahead.integrity?.finish(signal)) ?? (await session.dialect.integrityCheck(session, madeIndexes))
    checks.push(await checkCounts(options), ...(await checkEngine(session, writtenTables(compared), { madeForeignKeys, integrity })))
    for (const table of joined) {
      const tallies = await compareTable(table, { options, basis, expected, ahead, list })
      verdicts.push(...tallies.map((tally) => tally.verdict()))
    }
  } finally {
    await ahead.expected?.stop()
    await ahead.found?.stop()
  }
  checks.unshift(checkRows(verdicts, { lost, basis, strict: options.strict }))
  checks.push(...(await checkDeclared(options, hasherFor)))
  return {
    passed: checks.every(({ status }) => status !== 'failed'),
    basis,
    ...(basis === 'journal' ? { basisReason: reasonOf(options) } : {}),
    tables: verdicts,
    differences: list.shown,
    checks,
    ms: Math.round(performance.now() - startedAt),
  }
}

function openWhenAsked<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined
  return () => {
    opened ??= open()
    return opened
  }
}

/** Settles what tables are compared with; other threads begin with those that are compared by sums: with what they hold, or with what the source gives. */
async function chooseBasis(
  { sumThreads, session, signal, loadedNow, madeIndexes = new Set() }: VerifyOptions,
  { alone, expected }: { readonly alone: readonly ComparedStep[]; readonly expected: (() => Promise<ExpectedOptions>) | undefined },
): Promise<Pick<CompareWork, 'basis' | 'ahead'>> {
  if (expected === undefined || loadedNow !== undefined) {
    const integrity = sumThreads?.beginIntegrity(
      alone.reduce((sum, { load }) => sum + load.counts.inserted, 0),
      madeIndexes,
    )
    const found = sumThreads && (await sumAhead(alone, (step) => sumThreads.beginFound({ ...step, session }), signal))
    const basis = expected === undefined ? 'journal' : (await loadedNow?.()) === true ? 'load' : 'source'
    if (basis !== 'source') return { basis, ahead: { found, integrity } }
    await found?.stop()
  }
  if (expected === undefined || sumThreads === undefined) return { basis: 'source', ahead: {} }
  const { parents, resolver } = await expected()
  const begin = async (step: ComparedStep) =>
    sumThreads.begin({ ...step, refused: await readRefusedItems(session, step), resolver, parents })
  return { basis: 'source', ahead: { expected: await sumAhead(alone, begin, signal) } }
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
