import { FerryError } from '../core/errors.ts'

/** The error of a definition that cannot be used. `message` names mapping and column. */
export function invalid(message: string, hint = 'Change the definition; docs/mapping.md shows every option.'): FerryError {
  return new FerryError('FERRY_DEFINITION_INVALID', message, { hint })
}
