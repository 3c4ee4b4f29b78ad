import { FerryError } from '../core/errors.ts'

/** A call that cannot be understood; exit code 2. */
export function usageError(message: string, hint: string): FerryError {
  return new FerryError('FERRY_CLI_USAGE', message, { hint })
}
