import { createBackup } from '../backup/create-backup.ts'
import { FerryError } from '../core/errors.ts'
import { createResolver } from '../state/resolver.ts'
import { addFacts, moveRun } from '../state/runs.ts'
import { readSteps, type StepState } from '../state/steps.ts'
import { switchConfig } from '../switch/switch-config.ts'
import { compileSteps, type PreparedSteps } from '../transform/compile-steps.ts'
import { verifyRun } from '../verify/verify.ts'
import { applyMigrations, keepApplied, listPending } from './apply-migrations.ts'
import { lookAtPurity } from './assert-pure.ts'
import { ensureCheckpointZero } from './checkpoint-zero.ts'
import { assertPreflight, forecast } from './forecast.ts'
import { loadSteps } from './load-phase.ts'
import type { OpenRun } from './open-run.ts'
import { prepareSteps } from './prepare-steps.ts'
import type { StopPoint } from './run-options.ts'
import { createSumThreads } from './sum-threads.ts'

/** The phases of a run after its row exists, in order; each may be entered again after a crash. */
export const PHASES: readonly StopPoint[] = ['backup', 'migrate', 'load', 'verify', 'switch']

/** Time a phase may hold the lease without a batch; a dead owner on the same host is noticed at once all the same. */
const LONG_PHASE_MS = 6 * 60 * 60 * 1000

/** Of a step's last batch: values of the clock or of chance show with the first of them. */
const ITEMS_TO_REPEAT = 1000

type PhaseWork = (open: OpenRun) => Promise<string>

const WORK: Readonly<Record<StopPoint, PhaseWork>> = { backup, migrate, load, verify, switch: switchApp }

/** Runs one phase: says when it starts and ends, holds the lease for its time. */
export async function runPhase(open: OpenRun, phase: StopPoint): Promise<void> {
  const { report, ambient } = open.place
  const startedAt = ambient.now()
  if (phase !== 'load') report({ type: 'phase:started', phase }) // the load says so itself, with its steps
  await open.transact(
    async (session) => {
      if ((phase === 'verify' || phase === 'switch') && open.run.status === 'running') {
        await moveRun(session, open.run.id, { from: 'running', to: 'verifying' })
      }
      await addFacts(session, open.run.id, { nextPhase: phase })
    },
    phase === 'load' ? open.place.leaseTtlMs : LONG_PHASE_MS,
  )
  await open.refresh()
  const detail = await WORK[phase](open)
  report({ type: 'phase:finished', phase, ms: ambient.now() - startedAt, detail })
}

async function backup(open: OpenRun): Promise<string> {
  const { options, target, report, ambient, signal, transfer } = open.place
  if (options.noBackup === true) return 'not made: --no-backup'
  if (open.run.facts.backup !== undefined) return `made before: ${open.run.facts.backup}`
  const made = await createBackup({
    target,
    session: open.session,
    folder: transfer.folder,
    runId: open.run.id,
    now: ambient.now,
    report,
    signal,
  })
  await open.remember({ backup: made.manifest })
  return `${made.path}, ${made.bytes} bytes`
}

async function migrate(open: OpenRun): Promise<string> {
  if (open.place.options.migrate !== true) return 'not asked for'
  const { target } = open.place
  const pending = await open.withoutSession(() => listPending(target))
  const noted = [...new Set([...(open.run.facts.migrations ?? []), ...pending])]
  // Noted first: a kill or a failure half-way must not leave a migration that rollback does not know of.
  await open.remember({
    migrations: noted,
    tablesBefore: open.run.facts.tablesBefore ?? (await open.session.dialect.listTables(open.session)),
  })
  try {
    await open.withoutSession(() => applyMigrations(target))
  } finally {
    await open.remember({ migrations: await open.withoutSession(() => keepApplied(target, noted)) })
  }
  return pending.length === 0 ? 'nothing pending' : `${pending.length} applied`
}

async function load(open: OpenRun): Promise<string> {
  const prepared = await prepareSteps(open.session, open.place.transfer)
  const stored = await readSteps(open.session, open.run.id)
  const idBases = stored.length === 0 ? prepared.idBases : new Map(stored.map(({ mapping, idBase }) => [mapping, idBase]))
  const compiled = await compileSteps(open.place.transfer, prepared, { dialect: open.session.dialect, idBases })
  if (stored.length === 0) {
    const seen = open.place.forecast ?? (await forecast(open.place, { session: open.session, prepared, workers: open.workers }))
    assertPreflight(seen)
    await ensureCheckpointZero(open, prepared, {
      compiled,
      expected: new Map(seen.forecasts.map(({ step, counts }) => [step.number, counts.read])),
      allowedRejects: seen.allowedRejects,
    })
  }
  open.place.report({
    type: 'phase:started',
    phase: 'load',
    steps: compiled.map(({ step }) => ({ number: step.number, mapping: step.mapping, kind: step.kind, table: step.table })),
  })
  open.loadedHere = stored.length === 0
  await loadSteps(open, prepared, compiled)
  const rows = (await readSteps(open.session, open.run.id)).reduce((sum, { counts }) => sum + counts.inserted + counts.updated, 0)
  return `${rows} rows written`
}

async function verify(open: OpenRun): Promise<string> {
  const { transfer, source, target, report, signal } = open.place
  if (open.place.options.noVerify === true) {
    await open.remember({ noVerify: true })
    return 'switched off: --no-verify'
  }
  const prepared = await prepareSteps(open.session, transfer)
  const { tables, order } = prepared
  const resolver = createResolver({ session: open.session, transfer, order, tables, runIds: [open.run.id] })
  const steps = await readSteps(open.session, open.run.id)
  const verdict = await verifyRun({
    transfer,
    source,
    target,
    session: open.session,
    run: open.run,
    steps,
    tables,
    order,
    resolver,
    mode: 'gate',
    ...(open.loadedHere ? { loadedNow: () => isAsLoaded(open, prepared, steps) } : {}),
    madeIndexes: open.madeIndexes,
    madeForeignKeys: open.madeForeignKeys,
    strict: true,
    report,
    signal,
    sumThreads: createSumThreads({ workers: open.workers, transfer, source, tables, target }),
  })
  open.verification = verdict
  const differences = verdict.tables.reduce((sum, table) => sum + table.missing + table.extra + table.changed, 0)
  await open.remember({ verified: { at: open.place.ambient.now(), passed: verdict.passed, differences } })
  if (verdict.passed) return 'every row compared'
  const failed = verdict.checks.filter(({ status }) => status === 'failed').map(({ name }) => name)
  throw new FerryError(
    'FERRY_VERIFY_DIFFERENT',
    `verification failed: ${differences} rows differ; failed checks: ${failed.join(', ') || 'none'}`,
    {
      hint: 'See them with `ferry verify`; take the run out with `ferry rollback`.',
    },
  )
}

/**
 * Whether the source still is what it was, and items of the last batch of each step come out of it as they were written. Where not (somebody wrote to it,
 * a value is of the clock or of chance), only reading all of it again shows which rows differ.
 */
async function isAsLoaded(open: OpenRun, prepared: PreparedSteps, steps: readonly StepState[]): Promise<boolean> {
  const fingerprint = (await open.lastHash?.take()) ?? (await open.place.source.fingerprint())
  if (fingerprint !== open.run.sourceFingerprint) return false
  const idBases = new Map(steps.map(({ mapping, idBase }) => [mapping, idBase]))
  const compiled = await compileSteps(open.place.transfer, prepared, { dialect: open.session.dialect, idBases })
  for (const step of compiled) {
    const state = steps.find(({ number }) => number === step.step.number)
    if (state === undefined || (await lookAtPurity(open, { compiled: step, prepared, state, most: ITEMS_TO_REPEAT })).differing > 0)
      return false
  }
  return true
}

async function switchApp(open: OpenRun): Promise<string> {
  const { transfer, folder } = open.place
  if (transfer.switch.length === 0) return 'nothing to switch'
  if (open.run.facts.noVerify === true) return 'left alone: the run is not verified'
  // noted first: what a kill leaves half done, rollback must know of
  await open.remember({ switched: transfer.switch.map(({ file }) => file) })
  const switched = await switchConfig({ targets: transfer.switch, cwd: process.cwd(), folder, dryRun: false })
  await open.remember({ switched: switched.map(({ file }) => file) })
  return switched.map(({ file }) => file).join(', ')
}
