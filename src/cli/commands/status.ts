import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, RUN_OPTION } from '../common-options.ts'
import { withWorkplace } from '../open-workplace.ts'
import { renderJson } from '../render-json.ts'

export const command = defineCommand({
  name: 'status',
  describe: 'Says where a run stands: its state, its steps with percent, rejects, missing indexes, and the commands that make sense now.',
  options: {
    ...CONFIG_OPTIONS,
    ...RUN_OPTION,
    all: { type: 'boolean', describe: 'list the runs of this transfer instead, newest first' },
  },
  examples: [
    ['ferry status', 'the newest run'],
    ['ferry status --run 20261122 --json', 'a certain run as JSON'],
    ['ferry status --all', 'every run of this transfer'],
  ],
  run({ options }, io) {
    return withWorkplace(io, { ...options, readOnly: true }, async ({ transfer, target }) => {
      const { renderRuns, renderStatus } = await import('../render/render-status.ts')
      if (options.all) {
        const { listAllRuns } = await import('../list-all-runs.ts')
        const runs = await listAllRuns(target, transfer.name)
        if (io.json) io.out(renderJson(runs, 2))
        else for (const line of renderRuns(runs, io.paint)) io.out(line)
        return 0
      }
      const { readStatus } = await import('../../run/read-status.ts')
      const status = await readStatus(target, { transfer: transfer.name, ...(options.run === undefined ? {} : { runId: options.run }) })
      if (io.json) io.out(renderJson(status, 2))
      else for (const line of renderStatus(status, io.paint)) io.out(line)
      return 0
    })
  },
})
