/** What a contestant is told, as JSON on its command line. */
export interface Task {
  readonly source: string
  /** Of a SQLite database whose tables are made and empty; or connection of a server. */
  readonly database: string
  /** For the files of a run. */
  readonly folder: string
  readonly sessions: number
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
  /** Rows that parking_sessions holds. */
  readonly rows: number
}

/** Runs `work`, and tells how it went. */
export async function report(
  work: (task: Task) => Promise<{ readonly rows: number; readonly phases?: Readonly<Record<string, number>> }>,
): Promise<void> {
  const task: Task = JSON.parse(process.argv[2] ?? '{}')
  const startedAt = performance.now()
  const { rows, phases = {} } = await work(task)
  const workMs = performance.now() - startedAt
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const outcome: Outcome = {
    workMs,
    phases,
    userMs: userCPUTime / 1000,
    systemMs: systemCPUTime / 1000,
    maxRssBytes: maxRSS * 1024,
    rows,
  }
  console.log(JSON.stringify(outcome))
}
