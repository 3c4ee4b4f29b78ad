import { FerryError } from '../core/errors.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { restoreIndexes } from '../load/index-deferral.ts'
import { createResolver } from '../state/resolver.ts'
import { listRuns, moveRun } from '../state/runs.ts'
import { readSteps } from '../state/steps.ts'
import type { PreparedSteps } from '../transform/compile-steps.ts'
import { compileSteps } from '../transform/compile-steps.ts'
import { verifyRun } from '../verify/verify.ts'
import { createBatchSize } from './batch-size.ts'
import { ensureCheckpointZero } from './checkpoint-zero.ts'
import { conduct } from './conduct.ts'
import { obeyRequests } from './obey-requests.ts'
import type { OpenRun } from './open-run.ts'
import { prepareSteps } from './prepare-steps.ts'
import { raiseSequences } from './raise-sequences.ts'
import { readRejectBatches } from './read-reject-batches.ts'
import { readHere } from './ready-batches.ts'
import type { RunResult } from './run-options.ts'
import { runStep } from './run-step.ts'

/** Stands where a source stands: a retry reads the rejects of its parent run instead. */
export function rejectSource(fingerprint: string): SourceAdapter {
  return {
    name: 'rejects',
    volatile: false,
    describe: async () => [],
    fingerprint: async () => fingerprint,
    read: async function* () {
      yield* []
    },
    close: async () => {},
  }
}

/** Takes a held retry run to rest: parents, children, links; then its rows are compared with its journal. */
export async function conductRetry(open: OpenRun): Promise<RunResult> {
  return conduct(open, async () => {
    const { session, run, place } = open
    const rootId = run.parentId
    if (rootId === null)
      throw new FerryError('FERRY_STATE_CORRUPT', `retry ${run.id} has no parent run`, {
        hint: 'Roll it back: `ferry rollback --run <id>`.',
      })
    const prepared = await prepareSteps(session, place.transfer)
    await land(open, { prepared, rootId })
    await restoreIndexes(session, run.id, { report: place.report, now: place.ambient.now })
    await raiseSequences(open, prepared)
    await verifyLanded(open, prepared)
    await completeRoot(open, rootId)
  })
}

async function land(open: OpenRun, work: { readonly prepared: PreparedSteps; readonly rootId: string }): Promise<void> {
  const { prepared, rootId } = work
  const { place } = open
  const bases = new Map((await readSteps(open.session, rootId)).map(({ mapping, idBase }) => [mapping, idBase]))
  const idBases = new Map([...prepared.idBases, ...bases])
  const compiled = await compileSteps(place.transfer, prepared, { dialect: open.session.dialect, idBases })
  const [highest] = await open.session.all<{ n: number | null }>('SELECT max(id) AS n FROM ferry_rejects WHERE run_id = ?', [rootId])
  const states = await ensureCheckpointZero(open, prepared, {
    compiled,
    expected: new Map(),
    allowedRejects: Number.MAX_SAFE_INTEGER,
    idBases,
  })
  const family = (await listRuns(open.session, { transfer: open.run.transfer })).filter(
    ({ id, parentId }) => id === rootId || parentId === rootId,
  )
  for (const step of compiled) {
    const state = states.find(({ number }) => number === step.step.number)
    if (state === undefined || state.status === 'done') continue
    await obeyRequests(open)
    const startedAt = place.ambient.now()
    const { number, kind } = step.step
    place.report({ type: 'step:started', step: number, mapping: step.mapping.name, kind, expected: undefined, counts: state.counts })
    // Rejects come by number, however large they are.
    const size = createBatchSize(place, { mostRows: place.transfer.batchRows })
    const reading = readRejectBatches(() => open.session, {
      rootId,
      mapping: step.mapping,
      kind,
      after: state.position,
      upTo: Number(highest?.n ?? 0),
      batchRows: size.rows,
    })
    const done = await runStep(open, {
      compiled: step,
      prepared,
      state,
      batches: readHere(reading.batches, state.position, place.ambient.now),
      size,
      runIds: family.map(({ id }) => id),
      allowedRejects: () => Number.MAX_SAFE_INTEGER,
      throttle: place.options.throttle,
      alongside: (batch) => async (again) => reading.markLanded(open.session, { batch, again, by: open.run.id }),
    })
    place.report({
      type: 'step:finished',
      step: number,
      mapping: step.mapping.name,
      counts: done.counts,
      ms: place.ambient.now() - startedAt,
    })
  }
}

async function verifyLanded(open: OpenRun, prepared: PreparedSteps): Promise<void> {
  const { place, session } = open
  await open.refresh()
  await open.transact(async () => {
    if (open.run.status === 'running') await moveRun(session, open.run.id, { from: 'running', to: 'verifying' })
  })
  await open.refresh()
  const { tables, order } = prepared
  const verdict = await verifyRun({
    transfer: place.transfer,
    source: undefined,
    target: place.target,
    session,
    run: open.run,
    steps: await readSteps(session, open.run.id),
    tables,
    order,
    resolver: createResolver({ session, transfer: place.transfer, order, tables, runIds: [open.run.id] }),
    mode: 'later',
    strict: true,
    report: place.report,
    signal: place.signal,
  })
  open.verification = verdict
  await open.remember({
    verified: { at: place.ambient.now(), passed: verdict.passed, differences: verdict.differences.length },
  })
  const damaged = verdict.tables.reduce((sum, table) => sum + table.missing + table.changed, 0)
  if (damaged === 0) return
  throw new FerryError('FERRY_VERIFY_DIFFERENT', `${damaged} of the landed rows are not in the tables as written`, {
    hint: 'See them with `ferry verify`; take the retry out with `ferry rollback --run <id>`.',
  })
}

/** A run whose last reject has landed is wholly completed. */
async function completeRoot(open: OpenRun, rootId: string): Promise<void> {
  const { session } = open
  const [left] = await session.all<{ n: number }>("SELECT count(*) AS n FROM ferry_rejects WHERE run_id = ? AND status = 'open'", [rootId])
  const [root] = await session.all<{ status: string }>('SELECT status FROM ferry_runs WHERE id = ?', [rootId])
  if (Number(left?.n ?? 0) > 0 || root?.status !== 'completed_with_rejects') return
  await open.transact(async () => {
    await moveRun(session, rootId, { from: 'completed_with_rejects', to: 'completed' })
  })
}
