/** Status of a run as stored. "interrupted" is not stored: it is a running run whose lease is dead. */
export type RunStatus =
  | 'running'
  | 'paused'
  | 'failed'
  | 'verifying'
  | 'completed'
  | 'completed_with_rejects'
  | 'completed_unverified'
  | 'rolling_back'
  | 'rolled_back'
  | 'cancelled'

/** Every allowed move, with its reason. */
export const TRANSITIONS: readonly { from: RunStatus; to: RunStatus; why: string }[] = [
  { from: 'running', to: 'paused', why: 'a person or --stop-before asked; resume goes on' },
  { from: 'running', to: 'failed', why: 'an error stopped the load; resume or rollback goes on' },
  { from: 'running', to: 'verifying', why: 'every step is done' },
  { from: 'running', to: 'cancelled', why: 'a person asked to stop for good; rows stay until rollback' },
  { from: 'paused', to: 'running', why: 'resume' },
  { from: 'paused', to: 'cancelled', why: 'a person asked to stop for good' },
  { from: 'paused', to: 'rolling_back', why: 'rollback asked' },
  { from: 'failed', to: 'running', why: 'resume after the cause was mended' },
  { from: 'failed', to: 'cancelled', why: 'a person asked to stop for good' },
  { from: 'failed', to: 'rolling_back', why: 'rollback asked, or onFailure: rollback' },
  { from: 'running', to: 'rolling_back', why: 'rollback of an interrupted run' },
  { from: 'verifying', to: 'completed', why: 'every gate passed, nothing rejected' },
  { from: 'verifying', to: 'completed_with_rejects', why: 'every gate passed, some items rejected within the budget' },
  { from: 'verifying', to: 'completed_unverified', why: 'verification was switched off by the person' },
  { from: 'verifying', to: 'failed', why: 'a gate did not pass' },
  { from: 'verifying', to: 'paused', why: 'a person or --stop-before asked' },
  { from: 'verifying', to: 'rolling_back', why: 'rollback of a run interrupted while verifying' },
  { from: 'verifying', to: 'cancelled', why: 'a person asked to stop for good' },
  { from: 'completed', to: 'rolling_back', why: 'rollback asked' },
  { from: 'completed_with_rejects', to: 'rolling_back', why: 'rollback asked' },
  { from: 'completed_unverified', to: 'rolling_back', why: 'rollback asked' },
  { from: 'completed_unverified', to: 'completed', why: 'verified later, nothing rejected' },
  { from: 'completed_unverified', to: 'completed_with_rejects', why: 'verified later' },
  { from: 'completed_with_rejects', to: 'completed', why: 'a retry landed the last open reject' },
  { from: 'cancelled', to: 'rolling_back', why: 'rollback asked' },
  { from: 'rolling_back', to: 'rolled_back', why: 'nothing of the run is left, or what is kept is listed' },
  { from: 'rolling_back', to: 'rolling_back', why: 'an interrupted rollback goes on' },
]

/** Tells whether a run may move from one status to another. */
export function isAllowed(from: RunStatus, to: RunStatus): boolean {
  return TRANSITIONS.some((move) => move.from === from && move.to === to)
}

/** Every gate passed: the only statuses that are called success. */
export function isSuccess(status: RunStatus): boolean {
  return status === 'completed' || status === 'completed_with_rejects'
}
