import { ERROR_CODES, type ErrorCode } from './error-codes.ts'

const BRAND: unique symbol = Symbol.for('knex-ferry/FerryError') as never

/**
 * The one error class. `message` says what happened with names and counts, never record values or secrets;
 * `hint` is the next command or edit.
 */
export class FerryError extends Error {
  /** Two copies of this module (a built command, a definition that imports the sources) still know one another's errors. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && BRAND in value
  }
  readonly [BRAND] = true
  readonly code: ErrorCode
  readonly hint: string

  constructor(code: ErrorCode, message: string, options: { hint: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'FerryError'
    this.code = code
    this.hint = options.hint
  }

  /** The exit code a command ends with. */
  get exitCode(): number {
    return ERROR_CODES[this.code]
  }
}

/** Tells whether `error` is a FerryError, of `code` where one is given. */
export function isFerryError(error: unknown, code?: ErrorCode): error is FerryError {
  return error instanceof FerryError && (code === undefined || error.code === code)
}
