import { askRunToStop } from '../ask-run-to-stop.ts'
import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, RUN_OPTION } from '../common-options.ts'

export const command = defineCommand({
  name: 'pause',
  describe:
    'Asks the process that runs a transfer to pause after its current batch; a run whose process is gone is marked paused at once. ferry resume goes on.',
  options: { ...CONFIG_OPTIONS, ...RUN_OPTION },
  examples: [
    ['ferry pause', 'ask the running transfer to pause'],
    ['ferry pause --run 20261122', 'a certain run, by the beginning of its id'],
  ],
  run: ({ options }, io) => askRunToStop(io, options, 'pause'),
})
