import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS } from '../common-options.ts'
import { withWorkplace } from '../open-workplace.ts'
import { renderJson } from '../render-json.ts'

export const command = defineCommand({
  name: 'migrate',
  describe:
    "Applies the pending Knex migrations of the target's knexfile, without moving data. Inside a run, ferry transfer --migrate does the same after the backup and remembers them for rollback.",
  options: { ...CONFIG_OPTIONS },
  examples: [
    ['ferry migrate', 'apply what is pending'],
    ['ferry migrate --env production', 'in another environment of the knexfile'],
  ],
  run({ options }, io) {
    return withWorkplace(io, options, async ({ target }) => {
      const { applyMigrations } = await import('../../run/apply-migrations.ts')
      const names = await applyMigrations(target)
      if (io.json) io.out(renderJson({ target: target.label, applied: names }, 2))
      else if (names.length === 0) io.out(`${target.label}: no migration was pending`)
      else for (const name of names) io.out(`${io.paint.green('✔')} ${name}`)
      return 0
    })
  },
})
