/** Thrown between batches to leave the loop because somebody asked; never leaves the run station. */
export class StopRun extends Error {
  readonly reason: 'interrupt' | 'pause' | 'cancel'
  constructor(reason: 'interrupt' | 'pause' | 'cancel') {
    super(`stopped: ${reason}`)
    this.reason = reason
  }
}
