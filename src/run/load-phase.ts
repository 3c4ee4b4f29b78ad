import { FerryError } from '../core/errors.ts'
import { readBatches } from '../extract/read-batches.ts'
import { assertForeignKeys, deferForeignKeys, restoreForeignKeys } from '../load/enforcement.ts'
import { DEFER_FROM_ROWS, deferIndexes, restoreIndexes } from '../load/index-deferral.ts'
import { suspendForeignKeys } from '../state/foreign-key-checks.ts'
import { readSteps, type StepState } from '../state/steps.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import { assertPure } from './assert-pure.ts'
import { type BatchSize, createBatchSize } from './batch-size.ts'
import { findLaterKeys, mayCheckLater } from './later-keys.ts'
import { markParents } from './mark-parents.ts'
import { obeyRequests } from './obey-requests.ts'
import type { OpenRun } from './open-run.ts'
import { raiseSequences, reserveIds } from './raise-sequences.ts'
import { readHere } from './ready-batches.ts'
import { keepResolver, runStep } from './run-step.ts'
import { hasScatteredKeys } from './scattered-keys.ts'
import { settleSource } from './settle-source.ts'
import { packStep } from './step-workers.ts'
import { throughTrouble } from './through-trouble.ts'

const INDEX_BUILD_MS = 6 * 60 * 60 * 1000

/** Runs every step that is not done, in order; then puts indexes, foreign key checks and sequences right. */
export async function loadSteps(open: OpenRun, prepared: PreparedSteps, compiled: readonly CompiledStep[]): Promise<void> {
  const { report, ambient } = open.place
  const states = await readSteps(open.session, open.run.id)
  const switchedOff = prepared.order.enforcementOff.flatMap((name) => prepared.tables.get(name) ?? [])
  await reserveIds(open, prepared, compiled)
  await deferLargeIndexes(open, prepared, states)
  if (switchedOff.length > 0) open.prepareSession = (session) => suspendForeignKeys(session, open.run.id, switchedOff)
  for (const step of compiled) {
    const state = states.find(({ number }) => number === step.step.number)
    if (state === undefined) throw missingStep(step)
    if (state.status === 'done') continue
    await throughTrouble(open, { step: step.step.number }, async () => {
      await obeyRequests(open)
      await open.prepareSession?.(open.session)
      await assertPure(open, { compiled: step, prepared, state })
    })
    await loadStep(open, { prepared, step, state })
  }
  open.prepareSession = undefined
  await settleSource(open, { wait: true })
  // Verification asks for it, and while indexes are built the threads have nothing to do.
  if (open.loadedHere && open.place.options.noVerify !== true) open.lastHash = await open.workers.hashSource()
  // Building an index is one statement, however long it takes: the lease has to outlast it.
  await open.transact(async () => {}, INDEX_BUILD_MS)
  open.madeIndexes = await restoreIndexes(open.session, open.run.id, { report, now: ambient.now })
  open.madeForeignKeys = await restoreForeignKeys(open.session, { runId: open.run.id, report, now: ambient.now })
  if (switchedOff.length > 0) await assertForeignKeys(open.session, open.run.id, switchedOff)
  await raiseSequences(open, prepared)
  await assertCounts(open)
}

interface StepToLoad {
  readonly prepared: PreparedSteps
  readonly step: CompiledStep
  readonly state: StepState
}

async function loadStep(open: OpenRun, { prepared, step, state }: StepToLoad): Promise<void> {
  const { report, ambient, source, options, signal } = open.place
  const startedAt = ambient.now()
  const { number, kind } = step.step
  report({
    type: 'step:started',
    step: number,
    mapping: step.mapping.name,
    kind,
    expected: state.expected ?? undefined,
    counts: state.counts,
  })
  const runIds = [open.run.id]
  const parentsSeenSince = await throughTrouble(open, { step: number }, () => markParents(open, step, prepared))
  const resolverOf = keepResolver(open, { prepared, runIds })
  const size = sizeOf(open, step)
  const ahead = await packStep(open, prepared, { compiled: step, state, resolverOf, size })
  const { from: collection, each } = step.mapping
  const bounds = { batchRows: size.rows, batchBytes: size.bytes }
  const here = () => readBatches(source, { collection, each, after: state.position, ...bounds, signal })
  const spent = await throughTrouble(open, { step: number }, () => budgetedElsewhere(open, number))
  const allowed = open.run.facts.allowedRejects ?? 0
  let current = state
  const load = () =>
    runStep(open, {
      compiled: step,
      prepared,
      state,
      batches: ahead ?? readHere(here(), state.position, ambient.now),
      size,
      runIds,
      resolverOf,
      parentsSeenSince,
      allowedRejects: () => allowed - spent - current.counts.budgeted,
      throttle: options.throttle,
      onState: (next) => {
        current = next
      },
    })
  const finished = mayLoadUnchecked(open, { prepared, step, state }) ? await withoutChecks(open, number, load) : await load()
  report({ type: 'step:finished', step: number, mapping: step.mapping.name, counts: finished.counts, ms: ambient.now() - startedAt })
}

/** Where the session has a switch and cannot tell what others write meanwhile (MySQL), for a step of many rows whose verification follows. */
function mayLoadUnchecked({ session, place, run }: OpenRun, { prepared, step, state }: StepToLoad): boolean {
  const { options, transfer } = place
  if (session.markContent !== undefined || options.noVerify === true || prepared.order.enforcementOff.length > 0) return false
  if (state.kind !== 'load' || (state.expected ?? Number.POSITIVE_INFINITY) < (options.deferIndexesFrom ?? DEFER_FROM_ROWS)) return false
  const { dialect } = session
  return mayCheckLater(step.table, { dialect, prepared, mappings: transfer.mappings, rowsBefore: run.facts.rowsBefore ?? {} })
}

/** Foreign key checks of the session off for the time of a step; a session that replaces a lost one has them on. */
async function withoutChecks<T>(open: OpenRun, step: number, work: () => Promise<T>): Promise<T> {
  const set = (on: boolean) => throughTrouble(open, { step }, () => open.session.dialect.setForeignKeyChecks(open.session, on))
  await set(false)
  try {
    const done = await work()
    await set(true)
    return done
  } catch (error) {
    // What follows a failure (a rollback, for one) is to be checked; a connection that cannot say so is lost, and replaced.
    await open.session.dialect.setForeignKeyChecks(open.session, true).catch(() => undefined)
    throw error
  }
}

/** An upsert keeps what it overwrites, as large as that may be: its batches grow no further than the first. */
function sizeOf({ place, session }: OpenRun, step: CompiledStep): BatchSize {
  if (step.mapping.conflict === 'upsert') return createBatchSize(place, { mostRows: place.transfer.batchRows })
  // A patch step holds its batch in memory, item by item.
  const scattered = step.step.kind === 'load' && session.dialect.commitWritesPages === true && hasScatteredKeys(step)
  return createBatchSize(place, { scattered })
}

async function budgetedElsewhere(open: OpenRun, number: number): Promise<number> {
  const states = await readSteps(open.session, open.run.id)
  return states.filter((state) => state.number !== number).reduce((sum, state) => sum + state.counts.budgeted, 0)
}

async function deferLargeIndexes(open: OpenRun, prepared: PreparedSteps, states: readonly StepState[]): Promise<void> {
  const { report, ambient, transfer } = open.place
  const { dialect } = open.session
  for (const table of prepared.tables.values()) {
    const steps = states.filter((state) => state.table === table.name && state.kind === 'load')
    // Without preflight nobody counted: taking away the indexes of an empty table costs next to nothing.
    const expected = steps.reduce((sum, state) => sum + (state.expected ?? Number.POSITIVE_INFINITY), 0)
    const untouched = steps.length > 0 && steps.every((state) => state.batches === 0)
    const empty = open.run.facts.rowsBefore?.[table.name] === 0
    if (untouched && empty && expected >= (open.place.options.deferIndexesFrom ?? DEFER_FROM_ROWS)) {
      const doing = { runId: open.run.id, report, now: ambient.now }
      const away = findLaterKeys(table, { dialect, prepared, mappings: transfer.mappings, rowsBefore: open.run.facts.rowsBefore ?? {} })
      await deferForeignKeys(open.session, away, doing)
      await deferIndexes(open.session, table, { ...doing, away })
    }
  }
}

/** read = inserted + updated + skipped + rejected + filtered, step by step, or nothing is called a success. @throws FERRY_RUN_COUNTS */
async function assertCounts(open: OpenRun): Promise<void> {
  for (const { number, kind, mapping, status, counts } of await readSteps(open.session, open.run.id)) {
    const sum = counts.inserted + counts.updated + counts.skipped + counts.rejected + counts.filtered
    if (status === 'done' && (kind === 'patch' || counts.read === sum)) continue
    throw new FerryError(
      'FERRY_RUN_COUNTS',
      `step ${number} (${mapping}) read ${counts.read} items but accounts for ${sum}, status ${status}`,
      { hint: 'Do not trust this run: `ferry rollback` takes it out. Please report it.' },
    )
  }
}

function missingStep(step: CompiledStep): FerryError {
  return new FerryError('FERRY_STATE_CORRUPT', `step ${step.step.number} of ${step.mapping.name} is not in ferry_steps`, {
    hint: 'The definition or the ferry_* tables changed under the run; `ferry rollback`, then start again.',
  })
}
