/** Time and chance as arguments, so that a test can be exact. */
export interface Ambient {
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** `size` random bytes. */
  randomBytes(size: number): Uint8Array
  /** Waits; rejects with `signal.reason` when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
