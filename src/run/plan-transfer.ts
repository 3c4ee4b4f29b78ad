import type { PreflightReport } from '../preflight/preflight.ts'
import { assertSource } from './assert-source.ts'
import { forecast } from './forecast.ts'
import { sourceOf } from './new-place.ts'
import { type LoadPlan, planLoad } from './plan-load.ts'
import { prepareSteps } from './prepare-steps.ts'
import { countRows } from './read-tables.ts'
import type { TransferOptions } from './run-options.ts'
import { createRunWorkers, type RunWorkers } from './run-workers.ts'
import { SYSTEM_AMBIENT } from './system-ambient.ts'

export interface Plan extends PreflightReport {
  readonly transfer: string
  readonly target: string
  readonly source: string
  /** Rows in each target table now. */
  readonly rowsNow: Readonly<Record<string, number>>
  readonly load: LoadPlan
}

/** Says what a transfer would do. Writes nothing to the target; open it read-only. @throws FERRY_DEFINITION_*, FERRY_SOURCE_* */
export async function planTransfer(options: TransferOptions): Promise<Plan> {
  const source = sourceOf(options)
  const session = await options.target.openSession()
  let workers: RunWorkers | undefined
  try {
    await assertSource(source, options.transfer)
    const prepared = await prepareSteps(session, options.transfer)
    const place = {
      transfer: options.transfer,
      source,
      target: options.target,
      options,
      report: (event: object) =>
        options.onEvent?.({ at: SYSTEM_AMBIENT.now(), runId: 'plan', ...event } as Parameters<NonNullable<TransferOptions['onEvent']>>[0]),
      signal: options.signal ?? new AbortController().signal,
      ambient: SYSTEM_AMBIENT,
    }
    workers = createRunWorkers(place)
    const seen = await forecast(place, { session, prepared, workers })
    const rowsNow: Record<string, number> = {}
    for (const name of prepared.tables.keys()) rowsNow[name] = await countRows(session, name)
    const load = planLoad(session, prepared, {
      seen,
      rowsNow,
      mappings: options.transfer.mappings,
      deferIndexesFrom: options.deferIndexesFrom,
    })
    return { ...seen, transfer: options.transfer.name, target: options.target.label, source: source.name, rowsNow, load }
  } finally {
    await workers?.close()
    await session.close()
  }
}
