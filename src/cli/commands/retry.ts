import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, PACE_OPTIONS, RUN_OPTION } from '../common-options.ts'
import { conductRun } from '../conduct-run.ts'
import { readPace } from '../read-pace.ts'

export const command = defineCommand({
  name: 'retry',
  describe:
    'Takes up the open rejects of a run under the definition as it is now: parents first, then children, then links. A child run with its own journal; rolling back the run takes it out first.',
  options: { ...CONFIG_OPTIONS, ...RUN_OPTION, ...PACE_OPTIONS },
  examples: [
    ['ferry retry', 'after the mapping was mended'],
    ['ferry retry --run 20261122 --max-rejects 5', 'of a certain run; up to five may fail again'],
  ],
  async run({ options }, io) {
    const pace = readPace(options)
    const { retryRejects } = await import('../../run/retry-rejects.ts')
    return conductRun(io, options, ({ source: _source, ...place }) =>
      retryRejects({ ...place, ...pace, ...(options.run === undefined ? {} : { runId: options.run }) }),
    )
  },
})
