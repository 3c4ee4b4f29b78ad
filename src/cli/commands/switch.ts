import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, RUN_OPTION } from '../common-options.ts'
import { confirm } from '../confirm.ts'
import { withWorkplace } from '../open-workplace.ts'
import { renderJson } from '../render-json.ts'

export const command = defineCommand({
  name: 'switch',
  describe:
    "Edits the app's own configuration (.env or JSON) as the definition's `switch` says, so that it uses the database. A transfer does this as its last phase; this command shows the difference, or does it later. Refused until a run was verified; ferry rollback puts the files back.",
  options: {
    ...CONFIG_OPTIONS,
    ...RUN_OPTION,
    'dry-run': { type: 'boolean', describe: 'show the difference; change nothing' },
    yes: { type: 'boolean', describe: 'do not ask', alias: 'y' },
  },
  examples: [
    ['ferry switch --dry-run', 'what would change in which file'],
    ['ferry switch', 'switch the app over, after a verified run'],
  ],
  run({ options }, io) {
    const isDry = options['dry-run']
    return withWorkplace(io, { ...options, readOnly: isDry }, async (place) => {
      const { switchApp } = await import('../switch-app.ts')
      const before = await switchApp({ ...place, cwd: io.cwd, runId: options.run, dryRun: true })
      if (!io.json)
        for (const { file, diff } of before) for (const line of [io.paint.bold(file), ...diff.map((text) => `  ${text}`)]) io.out(line)
      if (!io.json && before.length === 0) io.out('the definition names nothing to switch')
      let switched = before
      if (!isDry && before.length > 0) {
        await confirm(io, `${before.length === 1 ? 'This file is' : 'These files are'} changed. Go on?`, { yes: options.yes })
        switched = await switchApp({ ...place, cwd: io.cwd, runId: options.run, dryRun: false })
      }
      if (io.json) io.out(renderJson({ dryRun: isDry, files: switched }, 2))
      else if (before.length > 0)
        io.out(isDry ? 'nothing was changed' : `${io.paint.green('✔')} switched; ferry rollback puts the files back`)
      return 0
    })
  },
})
