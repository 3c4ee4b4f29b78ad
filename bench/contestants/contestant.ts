import { findWorkload } from '../workload/find-workload.ts'
import type { Workload } from '../workload/workload.ts'

/** What a contestant is told, as JSON on its command line. */
export interface Task {
  readonly workload: string
  readonly records: number
  /** A folder of NDJSON, or a snapshot. */
  readonly source: string
  /** Of a SQLite database whose tables are made and empty; or connection of a server. */
  readonly database: string
  /** For the files of a run. */
  readonly folder: string
  /** What is switched on or off for this contestant. */
  readonly flags: readonly string[]
}

/** What a contestant says when it is done, as one line of JSON. Times in ms, memory in bytes. */
export interface Outcome {
  /** From the first statement of the work to its last; start-up of the process apart. */
  readonly workMs: number
  readonly phases: Readonly<Record<string, number>>
  readonly userMs: number
  readonly systemMs: number
  readonly maxRssBytes: number
}

/** Runs `work`, and tells how it went; `phases`: ms of its parts. */
export async function report(work: (task: Task, workload: Workload) => Promise<Readonly<Record<string, number>>>): Promise<void> {
  const task: Task = JSON.parse(process.argv[2] ?? '{}')
  const workload = await findWorkload(task.workload)
  const startedAt = performance.now()
  const phases = await work(task, workload)
  const workMs = performance.now() - startedAt
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const outcome: Outcome = {
    workMs,
    phases,
    userMs: userCPUTime / 1000,
    systemMs: systemCPUTime / 1000,
    maxRssBytes: maxRSS * 1024,
  }
  console.log(JSON.stringify(outcome))
}
