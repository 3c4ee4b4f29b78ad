/** One question asked before or after a run, and its answer. */
export interface Check {
  /** kebab-case, stable: `source-readable`, `disk-space`. */
  readonly name: string
  readonly status: 'passed' | 'warning' | 'failed'
  /** What was found, with names and counts. */
  readonly detail: string
  /** What to do about it; '' when passed. */
  readonly hint: string
}
