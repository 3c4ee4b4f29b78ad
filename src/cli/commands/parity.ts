import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, PACE_OPTIONS, SOURCE_OPTION } from '../common-options.ts'
import { withProgress } from '../conduct-run.ts'
import { withTargets } from '../open-workplace.ts'
import { readPace } from '../read-pace.ts'
import { renderJson } from '../render-json.ts'
import { usageError } from '../usage-error.ts'
import { watchSignals } from '../watch-signals.ts'

export const command = defineCommand({
  name: 'parity',
  describe:
    'Moves the same source into the targets of several environments, where no run has done so yet, and compares them row by row: every mapped column in its logical form, whatever the engine. Exit code 4 when they differ.',
  options: {
    config: CONFIG_OPTIONS.config,
    on: { type: 'strings', describe: 'environment of the knexfile; give two or more' },
    ...SOURCE_OPTION,
    migrate: { type: 'boolean', describe: 'apply the pending Knex migrations of each first' },
    'no-backup': { type: 'boolean', describe: 'make no backup of the targets' },
    'max-rejects': PACE_OPTIONS['max-rejects'],
    'batch-rows': PACE_OPTIONS['batch-rows'],
    limit: { type: 'number', describe: 'differences to list for each pair (default 100)' },
  },
  examples: [
    ['ferry parity --on development --on postgres --on mysql --migrate', 'three engines, one source, compared'],
    ['ferry parity --on development --on postgres --source data/store.ferry.ndjson --json', 'as one JSON document'],
  ],
  async run({ options }, io) {
    const envs = [...new Set(options.on ?? [])]
    if (envs.length < 2) throw usageError('parity needs two environments or more', 'for example: --on development --on postgres')
    const { limit } = options
    const pace = readPace(options)
    const watch = watchSignals(io)
    try {
      const result = await withTargets(io, { ...options, envs }, async ({ transfer, targets, source }) => {
        const labels = new Set(targets.map(({ label }) => label))
        if (labels.size < targets.length) throw usageError('two of the environments are one database', [...labels].join(', '))
        const { proveParity } = await import('../../run/prove-parity.ts')
        const call = {
          transfer,
          targets,
          ...pace,
          ...(source === undefined ? {} : { source }),
          ...(limit === undefined ? {} : { limit }),
          migrate: options.migrate,
          noBackup: options['no-backup'],
        }
        // events are progress, and the document stands alone on stdout
        if (io.json) return proveParity({ ...call, signal: watch.signal })
        return withProgress(io, watch, (shown) => proveParity({ ...call, ...shown }))
      })
      if (io.json) {
        io.out(renderJson(result, 2))
      } else {
        const { renderParity } = await import('../render/render-parity.ts')
        for (const line of renderParity(result, io.paint)) io.out(line)
      }
      return result.failed?.exitCode ?? (result.equal ? 0 : 4)
    } finally {
      watch.stop()
    }
  },
})
