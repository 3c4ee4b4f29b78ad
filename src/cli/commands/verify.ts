import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, RUN_OPTION, SOURCE_OPTION, WORKERS_OPTION } from '../common-options.ts'
import { withProgress } from '../conduct-run.ts'
import { withWorkplace } from '../open-workplace.ts'
import { readWorkers } from '../read-pace.ts'
import { renderJson } from '../render-json.ts'
import { usageError } from '../usage-error.ts'
import { watchSignals } from '../watch-signals.ts'

export const command = defineCommand({
  name: 'verify',
  describe:
    "Proves what a run brought in: counts, every row and column both ways, foreign keys, sequences, the engine's own check, derived collections and invariants. Compares with the source where it is unchanged, else with the run's journal. Exit code 4 when there are differences.",
  positionals: [{ name: 'run', describe: 'id of the run, or its beginning (default: the newest)' }],
  options: {
    ...CONFIG_OPTIONS,
    ...SOURCE_OPTION,
    ...RUN_OPTION,
    ...WORKERS_OPTION,
    strict: { type: 'boolean', describe: 'count rows the app added or edited since as differences' },
    limit: { type: 'number', describe: 'differences to list (default 100)' },
  },
  examples: [
    ['ferry verify', 'the newest run'],
    ['ferry verify 20261122 --strict', 'a certain run, and nothing may have changed since'],
    ['ferry verify --source data/store.ferry.ndjson --json', 'against this file, as JSON'],
  ],
  async run({ options, positionals }, io) {
    const [place] = positionals
    if (place !== undefined && options.run !== undefined) throw usageError('the run is named twice', 'give it once: ferry verify <run>')
    const runId = place ?? options.run
    const { limit } = options
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0))
      throw usageError('--limit needs a whole number', 'for example: --limit 20')
    const workers = readWorkers(options.workers)
    const watch = watchSignals(io)
    const result = await withWorkplace(io, options, async ({ transfer, target, source, definitionFile }) => {
      const { verifyTransfer } = await import('../../run/verify-transfer.ts')
      const call = {
        transfer,
        target,
        strict: options.strict,
        definitionFile,
        ...workers,
        ...(source === undefined ? {} : { source }),
        ...(runId === undefined ? {} : { runId }),
        ...(limit === undefined ? {} : { limit }),
      }
      return io.json
        ? verifyTransfer({ ...call, signal: watch.signal })
        : withProgress(io, watch, (shown) => verifyTransfer({ ...call, ...shown }))
    })
    watch.stop()
    if (io.json) {
      io.out(renderJson(result, 2))
    } else {
      const { renderVerification } = await import('../render/render-verification.ts')
      for (const line of renderVerification(result, io.paint)) io.out(line)
    }
    return result.passed ? 0 : 4
  },
})
