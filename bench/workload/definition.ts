import { benchTransfer } from './transfer.ts'

/** The bench's definition as a file, so that worker threads can load it; where the workload lies comes from the environment. */
export default benchTransfer({
  source: process.env.BENCH_SOURCE ?? 'bench/results/work',
  folder: process.env.BENCH_FOLDER ?? 'bench/results/run',
})
