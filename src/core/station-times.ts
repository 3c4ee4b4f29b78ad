/** Where the time of a batch went, in ms. What worker threads did ran beside what the run did, so that the sum may exceed the time that passed. */
export interface StationTimes {
  /** Reading and parsing. */
  readonly read: number
  /** Validation, columns, references. */
  readonly transform: number
  /** Hashing rows, packing them and the journal (worker threads; in the run's own thread part of `write`). */
  readonly pack: number
  /** Statements of the batch's transaction. */
  readonly write: number
  readonly commit: number
}
