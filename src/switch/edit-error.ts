import { FerryError } from '../core/errors.ts'
import type { SwitchTarget } from '../definition/transfer.ts'

export type NewValues = SwitchTarget['set']

/** A file that cannot be switched; nothing of it was written. */
export function editError(message: string, hint: string, cause?: unknown): FerryError {
  return new FerryError('FERRY_SWITCH_FAILED', message, { hint, ...(cause === undefined ? {} : { cause }) })
}
