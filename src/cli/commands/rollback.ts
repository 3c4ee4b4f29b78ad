import type { RollbackLevel } from '../../run/rollback-transfer.ts'
import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, RUN_OPTION } from '../common-options.ts'
import { withProgress } from '../conduct-run.ts'
import { confirm } from '../confirm.ts'
import { withWorkplace } from '../open-workplace.ts'
import { renderJson } from '../render-json.ts'
import { watchSignals } from '../watch-signals.ts'

export const command = defineCommand({
  name: 'rollback',
  describe:
    "Takes a run back, its retries first: exactly the levels named. Level rows deletes exactly what the journal says this run wrote and that is still as written; rows edited since, and rows that others refer to, stay and are listed. Level switch puts the app's configuration back and nothing else; schema brings rows with it, restore brings switch. Stopped half-way, it goes on when called again.",
  options: {
    ...CONFIG_OPTIONS,
    ...RUN_OPTION,
    level: {
      type: 'strings',
      describe: 'what to take back; may be given several times (default: switch and rows)',
      choices: ['switch', 'rows', 'schema', 'restore'],
    },
    'dry-run': { type: 'boolean', describe: 'say what would be deleted, kept and lost; change nothing' },
    force: { type: 'boolean', describe: 'delete edited rows too (they are listed)' },
    lossy: { type: 'boolean', describe: 'level schema: take tables down although rows would be lost' },
    yes: { type: 'boolean', describe: 'do not ask', alias: 'y' },
  },
  examples: [
    ['ferry rollback --dry-run', 'what would go, what would stay'],
    ['ferry rollback', "take the newest run's rows out"],
    ['ferry rollback --level switch', "only the app's configuration goes back; the rows stay"],
    ['ferry rollback --level rows --level schema', 'also take back the migrations that the run applied'],
    ['ferry rollback --run 20261122 --level restore', 'put the backup of that run back'],
  ],
  async run({ options }, io) {
    const { orderLevels } = await import('../../run/describe-levels.ts')
    const levels = orderLevels(options.level as readonly RollbackLevel[] | undefined)
    const isDry = options['dry-run']
    if (!isDry)
      await confirm(io, describeQuestion(levels, options.force), {
        yes: options.yes,
        final: levels.includes('restore') || options.lossy,
      })
    const watch = watchSignals(io)
    const result = await withWorkplace(io, { ...options, readOnly: isDry }, async ({ transfer, target }) => {
      const { rollbackTransfer } = await import('../../run/rollback-transfer.ts')
      const call = {
        transfer,
        target,
        dryRun: isDry,
        force: options.force,
        lossy: options.lossy,
        levels,
        ...(options.run === undefined ? {} : { runId: options.run }),
      }
      return io.json
        ? rollbackTransfer({ ...call, signal: watch.signal })
        : withProgress(io, watch, (shown) => rollbackTransfer({ ...call, ...shown }))
    })
    watch.stop()
    if (io.json) {
      io.out(renderJson(result, 2))
    } else {
      const { renderRollback } = await import('../render/render-rollback.ts')
      for (const line of renderRollback(result, io.paint, { force: options.force, lossy: options.lossy })) io.out(line)
    }
    return result.exitCode
  },
})

function describeQuestion(levels: readonly RollbackLevel[], force: boolean): string {
  const parts: Readonly<Record<RollbackLevel, string>> = {
    switch: "the app's configuration goes back",
    rows: force ? 'the rows this run wrote are deleted, edited ones too' : 'the rows this run wrote are deleted',
    schema: 'the migrations it applied are taken down',
    restore: 'the backup replaces the database, and everything written since is lost',
  }
  return `${levels.map((level) => parts[level]).join('; ')}. Go on?`
}
