import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, PACE_OPTIONS, RUN_OPTION, SOURCE_OPTION } from '../common-options.ts'
import { conductRun } from '../conduct-run.ts'
import { readPace } from '../read-pace.ts'

export const command = defineCommand({
  name: 'resume',
  describe:
    'Goes on with the newest unfinished run, or with --run, from its last committed batch. Refused, with the difference said, when the definition, the source or the tables changed since.',
  options: {
    ...CONFIG_OPTIONS,
    ...SOURCE_OPTION,
    ...RUN_OPTION,
    ...PACE_OPTIONS,
    migrate: { type: 'boolean', describe: 'apply the pending Knex migrations when the run comes to that point' },
    'no-backup': { type: 'boolean', describe: 'go on without the backup, when it is not made yet' },
  },
  examples: [
    ['ferry resume', 'go on after Ctrl-C, a crash, a pause or an error'],
    ['ferry resume --run 20261122', 'a certain run, by the beginning of its id'],
    ['ferry resume --max-rejects 50', 'go on with a larger budget; the change is logged'],
  ],
  async run({ options }, io) {
    const pace = readPace(options)
    const { resumeTransfer } = await import('../../run/resume-transfer.ts')
    return conductRun(io, options, ({ source, ...place }) =>
      resumeTransfer({
        ...place,
        ...pace,
        ...(source === undefined ? {} : { source }),
        ...(options.migrate ? { migrate: true } : {}),
        ...(options['no-backup'] ? { noBackup: true } : {}),
        ...(options.run === undefined ? {} : { runId: options.run }),
      }),
    )
  },
})
