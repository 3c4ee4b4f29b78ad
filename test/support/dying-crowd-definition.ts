import { parentPort } from 'node:worker_threads'

let messages = 0
/** A thread that loads this definition ends in the middle of its work. */
parentPort?.on('message', () => {
  messages += 1
  if (messages > 5) process.exit(7)
})

export { default } from './crowd-definition.ts'
