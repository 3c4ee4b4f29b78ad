import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, PACE_OPTIONS, SOURCE_OPTION } from '../common-options.ts'
import { withProgress } from '../conduct-run.ts'
import { withWorkplace } from '../open-workplace.ts'
import { readPace } from '../read-pace.ts'
import { renderJson } from '../render-json.ts'
import { watchSignals } from '../watch-signals.ts'

export const command = defineCommand({
  name: 'rehearse',
  describe:
    'Goes the whole way there and back on a copy of the target: migrate, transfer, verify, roll back, and compares schema and rows with the start. The target is only read, nothing is switched, and the copy is taken away. Exit code 1 when the end is not the start.',
  options: {
    ...CONFIG_OPTIONS,
    ...SOURCE_OPTION,
    empty: { type: 'boolean', describe: 'on a new, empty database instead of a copy' },
    'no-migrate': { type: 'boolean', describe: 'do not apply the pending Knex migrations' },
    'max-rejects': PACE_OPTIONS['max-rejects'],
    'batch-rows': PACE_OPTIONS['batch-rows'],
  },
  examples: [
    ['ferry rehearse', 'on a copy of the target'],
    ['ferry rehearse --empty', 'on an empty database: do the migrations and the definition fit?'],
    ['ferry rehearse --max-rejects 1% --json', 'as one JSON document'],
  ],
  async run({ options }, io) {
    const pace = readPace(options)
    const watch = watchSignals(io)
    try {
      const result = await withWorkplace(io, options, async ({ source, ...place }) => {
        const { rehearseTransfer } = await import('../../run/rehearse-transfer.ts')
        const call = {
          ...place,
          ...pace,
          ...(source === undefined ? {} : { source }),
          migrate: !options['no-migrate'],
          empty: options.empty,
        }
        // events are progress, and the document stands alone on stdout
        if (io.json) return rehearseTransfer({ ...call, signal: watch.signal })
        return withProgress(io, watch, (shown) => rehearseTransfer({ ...call, ...shown }))
      })
      if (io.json) {
        io.out(renderJson(result, 2))
      } else {
        const { renderRehearsal } = await import('../render/render-rehearsal.ts')
        for (const line of renderRehearsal(result, io.paint)) io.out(line)
      }
      return result.passed ? 0 : (result.run.status === 'running' || result.run.status === 'verifying') && watch.signal.aborted ? 130 : 1
    } finally {
      watch.stop()
    }
  },
})
