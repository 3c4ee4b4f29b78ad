/** A row of the run that stays, and why. */
export interface KeptRow {
  readonly table: string
  /** Primary key as text; of several columns as a JSON list. */
  readonly key: string
  readonly why: 'edited' | 'referenced' | 'gone'
  /** referenced: the table whose row ties it. */
  readonly by?: string
}
