import { openTransfer } from './open-transfer.ts'

/** A workload's definition as a file, so that worker threads can load it; which one, and where it lies, comes from the environment. */
export default await openTransfer(process.env.BENCH_WORKLOAD ?? 'sessions', {
  source: process.env.BENCH_SOURCE ?? 'bench/results/work',
  folder: process.env.BENCH_FOLDER ?? 'bench/results/run',
})
