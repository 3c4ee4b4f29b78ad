import { parentPort, workerData } from 'node:worker_threads'
import { serveRun } from './serve-run.ts'

/** Where a worker's thread begins; nothing else imports this module. */
if (parentPort !== null) serveRun(parentPort, workerData)
