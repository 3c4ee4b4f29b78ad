import { FerryError } from '../core/errors.ts'
import { type PreflightReport, runPreflight } from '../preflight/preflight.ts'
import type { Session } from '../target/target.ts'
import type { PreparedSteps } from '../transform/compile-steps.ts'
import { createForecastThreads } from './forecast-threads.ts'
import type { RunPlace } from './open-run.ts'
import type { RunWorkers } from './run-workers.ts'

/** Preflight of a run or a plan: reads and transforms everything, writes nothing. */
export async function forecast(
  place: Pick<RunPlace, 'transfer' | 'source' | 'target' | 'options' | 'report' | 'signal' | 'ambient'>,
  at: { readonly session: Session; readonly prepared: PreparedSteps; readonly workers: RunWorkers },
): Promise<PreflightReport> {
  const { transfer, source, target, options, report, signal, ambient } = place
  const startedAt = ambient.now()
  report({ type: 'phase:started', phase: 'preflight' })
  at.workers.warm(at.prepared)
  const seen = await runPreflight({
    transfer,
    source,
    target,
    session: at.session,
    tables: at.prepared.tables,
    order: at.prepared.order,
    idBases: at.prepared.idBases,
    folder: transfer.folder,
    maxRejects: options.maxRejects ?? transfer.maxRejects,
    skipValidation: options.skipValidation === true,
    backup: options.noBackup !== true,
    threads: createForecastThreads({ workers: at.workers, transfer, source, target, idBases: at.prepared.idBases, signal }),
    report,
    signal,
  })
  const failed = seen.checks.filter(({ status }) => status === 'failed').length
  report({
    type: 'phase:finished',
    phase: 'preflight',
    ms: ambient.now() - startedAt,
    detail: `${seen.checks.length} checks, ${failed} failed`,
  })
  return seen
}

/** @throws FERRY_PREFLIGHT_FAILED naming the failed checks */
export function assertPreflight(seen: PreflightReport): void {
  if (seen.passed) return
  const failed = seen.checks.filter(({ status }) => status === 'failed')
  const [first] = failed
  throw new FerryError(
    'FERRY_PREFLIGHT_FAILED',
    `nothing was written; ${failed.map(({ name, detail }) => `${name}: ${detail}`).join('; ')}`,
    {
      hint: first?.hint || 'See every check with `ferry plan`.',
    },
  )
}
