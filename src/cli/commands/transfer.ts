import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, PACE_OPTIONS, SOURCE_OPTION } from '../common-options.ts'
import { conductRun } from '../conduct-run.ts'
import { confirm } from '../confirm.ts'
import { readPace } from '../read-pace.ts'

export const command = defineCommand({
  name: 'transfer',
  describe:
    'Moves the source into the target: preflight, backup, migrate, load, verify, switch. Safe to stop at any moment: Ctrl-C stops after the batch, and ferry resume goes on from there.',
  options: {
    ...CONFIG_OPTIONS,
    ...SOURCE_OPTION,
    migrate: { type: 'boolean', describe: 'apply the pending Knex migrations after the backup' },
    ...PACE_OPTIONS,
    'skip-validation': { type: 'boolean', describe: 'do not read and transform everything before the first write' },
    'no-backup': { type: 'boolean', describe: 'make no backup of the target first' },
    yes: { type: 'boolean', describe: 'do not ask before giving up a safety', alias: 'y' },
  },
  examples: [
    ['ferry transfer', 'move everything'],
    ['ferry transfer --migrate', 'make the tables first, from the pending Knex migrations'],
    ['ferry transfer --stop-before load', 'stop after backup and migrations to look; ferry resume goes on'],
    ['ferry transfer --max-rejects 1% --on-failure rollback', 'allow 1 % of bad records, and take everything out beyond that'],
    ['ferry transfer --json', 'events as NDJSON, the result as the last line'],
  ],
  async run({ options }, io) {
    const pace = readPace(options)
    const givenUp = [
      options['no-backup'] ? 'no backup will be made' : '',
      options['skip-validation'] ? 'nothing is checked before the first write' : '',
    ]
    const question = givenUp.filter((part) => part !== '').join(', and ')
    if (question !== '') await confirm(io, `${question}. Go on?`, { yes: options.yes })
    const { startTransfer } = await import('../../run/start-transfer.ts')
    return conductRun(io, options, ({ source, ...place }) =>
      startTransfer({
        ...place,
        ...pace,
        ...(source === undefined ? {} : { source }),
        migrate: options.migrate,
        skipValidation: options['skip-validation'],
        noBackup: options['no-backup'],
      }),
    )
  },
})
