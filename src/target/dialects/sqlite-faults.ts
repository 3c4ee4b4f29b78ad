import type { EngineFault } from '../target.ts'

/** The rule and the names a constraint message of SQLite tells: `UNIQUE constraint failed: spots.code`. */
function toConstraintFault(code: string, message: string): EngineFault {
  const named = /constraint failed: (.*)$/s.exec(message)?.[1]
  const detail = named === undefined ? {} : { detail: named }
  switch (code) {
    case 'SQLITE_CONSTRAINT_UNIQUE':
      return { kind: 'constraint', rule: 'unique', ...detail }
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
    case 'SQLITE_CONSTRAINT_ROWID':
      return { kind: 'constraint', rule: 'primary_key', ...detail }
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
      return { kind: 'constraint', rule: 'foreign_key' }
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return { kind: 'constraint', rule: 'not_null', ...detail }
    case 'SQLITE_CONSTRAINT_CHECK':
      return { kind: 'constraint', rule: 'check', ...detail }
    case 'SQLITE_CONSTRAINT_TRIGGER':
      // RAISE may be given an expression: its text can hold values, so it stays in the cause.
      return { kind: 'constraint', rule: 'trigger' }
    case 'SQLITE_CONSTRAINT_DATATYPE':
      return { kind: 'value', ...toStrictDetail(message) }
    default:
      return { kind: 'constraint' }
  }
}

/** `cannot store TEXT value in INTEGER column t.c`: of a STRICT table. */
function toStrictDetail(message: string): { detail?: string } {
  const named = /column (\S+)$/.exec(message)?.[1]
  return named === undefined ? {} : { detail: named }
}

/**
 * What an error of better-sqlite3 means, by its SQLITE_* code (https://www.sqlite.org/rescode.html).
 * Write-side I/O errors count as `full`: a full disk behind a network or temporary file system shows as one of them.
 */
export function classifySqliteError(error: unknown): EngineFault {
  if (!(error instanceof Error)) return { kind: 'other' }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code.startsWith('SQLITE_CONSTRAINT')) return toConstraintFault(code, error.message)
  if (code === 'SQLITE_BUSY_SNAPSHOT' || code === 'SQLITE_BUSY_RECOVERY') return { kind: 'transient' }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return { kind: 'locked' }
  if (code === 'SQLITE_FULL' || /^SQLITE_IOERR_(WRITE|FSYNC|DIR_FSYNC|TRUNCATE|SHMSIZE|COMMIT_ATOMIC)$/.test(code)) return { kind: 'full' }
  if (code.startsWith('SQLITE_READONLY')) return { kind: 'read-only' }
  if (code === 'SQLITE_MISMATCH' || code === 'SQLITE_TOOBIG') return { kind: 'value' }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return { kind: 'damaged' }
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_IOERR')) return { kind: 'connection' }
  // From the driver's wrapper and from Knex's pool, which give no code.
  if (/connection is not open|directory does not exist|acquir(?:e|ing) a connection/.test(error.message)) return { kind: 'connection' }
  return { kind: 'other' }
}
