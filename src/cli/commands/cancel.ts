import { askRunToStop } from '../ask-run-to-stop.ts'
import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, RUN_OPTION } from '../common-options.ts'

export const command = defineCommand({
  name: 'cancel',
  describe:
    'Asks the process that runs a transfer to stop for good after its current batch. Its rows stay until ferry rollback takes them out; a cancelled run cannot be resumed.',
  options: { ...CONFIG_OPTIONS, ...RUN_OPTION },
  examples: [
    ['ferry cancel', 'stop the running transfer for good'],
    ['ferry cancel --run 20261122', 'a certain run, by the beginning of its id'],
  ],
  run: ({ options }, io) => askRunToStop(io, options, 'cancel'),
})
