import type { ErrorCode } from '../core/error-codes.ts'
import { FerryError } from '../core/errors.ts'
import type { Dialect, EngineFault } from './target.ts'

/** A FerryError that a driver's error became; it carries what the error means. */
class EngineError extends FerryError {
  readonly fault: EngineFault

  constructor(code: ErrorCode, message: string, options: { hint: string; cause: unknown; fault: EngineFault }) {
    super(code, message, options)
    this.fault = options.fault
    // Kept out of printed errors: the message says it already.
    Object.defineProperty(this, 'fault', { enumerable: false })
  }
}

const CODES: Partial<Record<EngineFault['kind'], ErrorCode>> = {
  locked: 'FERRY_TARGET_LOCKED',
  full: 'FERRY_TARGET_FULL',
  'read-only': 'FERRY_TARGET_READ_ONLY',
  connection: 'FERRY_TARGET_CONNECT',
  damaged: 'FERRY_TARGET_DAMAGED',
  constraint: 'FERRY_LOAD_CONSTRAINT',
}

const HINTS: Partial<Record<EngineFault['kind'], string>> = {
  locked: 'Another process holds a lock on the database; close it, or wait and run the same command again.',
  full: 'Free disk space, then run `ferry resume`; nothing of the failed batch was written.',
  'read-only':
    'Let this user write: GRANT the right on a server, make the file and its folder writable on SQLite. Then run the same command again.',
  connection:
    'Check that the database is there, that the server is up and takes this user, then run the same command again; --verbose shows what it said.',
  damaged: 'Stop what writes to it. `ferry backup list` shows the backups there are, `ferry backup restore` puts one back.',
}

/** Wraps a driver's error; the message names engine and rule, never a value (drivers quote values, so their text stays in `cause`). */
export function toEngineError(dialect: Dialect, error: unknown, doing: string): FerryError {
  if (error instanceof FerryError) return error
  const fault = dialect.classify(error)
  return new EngineError(CODES[fault.kind] ?? 'FERRY_TARGET_QUERY', `${dialect.engine} failed while ${doing}: ${renderFault(fault)}`, {
    hint: HINTS[fault.kind] ?? 'The database said no; its own words are in the cause (shown by --verbose).',
    cause: error,
    fault,
  })
}

/** A COMMIT that failed: everything since `begin` is undone. `faultOf` tells whether trying again may help. */
export function toCommitError(dialect: Dialect, error: unknown): FerryError {
  const fault = dialect.classify(error)
  return new EngineError('FERRY_LOAD_COMMIT', `${dialect.engine} refused to commit: ${renderFault(fault)}`, {
    hint: HINTS[fault.kind] ?? 'Nothing of the transaction was kept. The database said why in the cause (shown by --verbose).',
    cause: error,
    fault,
  })
}

function renderFault(fault: EngineFault): string {
  return [fault.rule, fault.detail].filter(Boolean).join(' on ') || fault.kind
}

/** What an error of a Session means; undefined for errors that did not come from the engine. */
export function faultOf(error: unknown): EngineFault | undefined {
  // Not by class: a build and its sources may both be loaded in one process (a test, a linked package).
  return error instanceof Error && 'fault' in error ? (error as EngineError).fault : undefined
}
