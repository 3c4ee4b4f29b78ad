import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, PACE_OPTIONS, SOURCE_OPTION } from '../common-options.ts'
import { withProgress } from '../conduct-run.ts'
import { withWorkplace } from '../open-workplace.ts'
import { parseBudget, readWorkers } from '../read-pace.ts'
import { renderJson } from '../render-json.ts'
import { watchSignals } from '../watch-signals.ts'

export const command = defineCommand({
  name: 'plan',
  describe:
    'Says what a transfer would do: checks, order of the steps, rows and rejects to expect, sample rows. Reads everything and writes nothing; the target is opened read-only. Exit code 1 when a check failed.',
  options: {
    ...CONFIG_OPTIONS,
    ...SOURCE_OPTION,
    migrate: { type: 'boolean', describe: 'plan for transfer --migrate: pending migrations are no obstacle' },
    'max-rejects': PACE_OPTIONS['max-rejects'],
    workers: PACE_OPTIONS.workers,
    'skip-validation': { type: 'boolean', describe: 'only the cheap checks; the source is not read through' },
    'no-backup': { type: 'boolean', describe: 'plan for transfer --no-backup' },
    'no-samples': { type: 'boolean', describe: 'leave the sample rows out' },
  },
  examples: [
    ['ferry plan', 'what a transfer would do'],
    ['ferry plan --source data/store.ferry.ndjson', 'the same for another file'],
    ['ferry plan --json', 'as one JSON document'],
  ],
  async run({ options }, io) {
    const watch = watchSignals(io)
    const maxRejects = options['max-rejects']
    const workers = readWorkers(options.workers)
    const plan = await withWorkplace(io, { ...options, readOnly: true }, async (place) => {
      const { planTransfer } = await import('../../run/plan-transfer.ts')
      const call = {
        transfer: place.transfer,
        target: place.target,
        definitionFile: place.definitionFile,
        ...workers,
        ...(place.source === undefined ? {} : { source: place.source }),
        ...(maxRejects === undefined ? {} : { maxRejects: parseBudget(maxRejects) }),
        migrate: options.migrate,
        skipValidation: options['skip-validation'],
        noBackup: options['no-backup'],
      }
      // events are progress, and the document stands alone on stdout
      return io.json
        ? planTransfer({ ...call, signal: watch.signal })
        : withProgress(io, watch, (shown) => planTransfer({ ...call, ...shown }))
    })
    watch.stop()
    if (io.json) {
      io.out(renderJson(plan, 2))
    } else {
      const { renderPlan } = await import('../render/render-plan.ts')
      for (const line of renderPlan(plan, io.paint, { samples: !options['no-samples'] })) io.out(line)
    }
    return plan.passed ? 0 : 1
  },
})
