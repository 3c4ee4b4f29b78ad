import type { EngineFault } from '../target.ts'

interface PostgresError {
  readonly code?: string
  readonly message?: string
  readonly constraint?: string
  readonly column?: string
  readonly table?: string
  readonly where?: string
  /** Set by the session, which knows the names of primary keys. */
  readonly ferryPrimaryKey?: boolean
}

const RULES: Readonly<Record<string, EngineFault['rule']>> = {
  '23502': 'not_null',
  '23503': 'foreign_key',
  '23001': 'foreign_key',
  '23505': 'unique',
  '23514': 'check',
  '23P01': 'unique',
  '44000': 'check',
}

const SOCKET = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETRESET|ENOTFOUND|EAI_AGAIN)/
const LOST =
  /Connection terminated|connection error and is not queryable|Client was closed|timeout expired|Unable to acquire a connection|Timeout acquiring|Connection ended/i

/** What an error of PostgreSQL means, by its SQLSTATE (manual, appendix A). */
export function classifyPostgres(error: unknown): EngineFault {
  if (typeof error !== 'object' || error === null) return { kind: 'other' }
  const told = error as PostgresError
  const row = /COPY .*?, line (\d+)/.exec(told.where ?? '')?.[1]
  return { ...classifyState(told), ...(row === undefined ? {} : { row: Number(row) }) }
}

function classifyState(error: PostgresError): EngineFault {
  const state = error.code ?? ''
  const rule = state === '23505' && isPrimaryKey(error) ? 'primary_key' : RULES[state]
  if (rule !== undefined) return constraintFault(rule, error)
  // plpgsql's own class: RAISE EXCEPTION and ASSERT of a trigger.
  if (state.startsWith('P0')) return constraintFault('trigger', error)
  if (state.startsWith('22')) return { kind: 'value', ...detailOf(error) }
  if (state === '40001' || state === '40P01' || state === '55P03') return { kind: 'transient' }
  // 42501: a right that the user does not have.
  if (state === '25006' || state === '42501') return { kind: 'read-only' }
  if (state === '53100') return { kind: 'full' }
  // 28, 3D: refused at login; 57P01..05: shutdown, crash, starting up, database dropped, idle timeout; 25P03: idle in transaction; 53300: too many connections.
  if (/^(08|57P0|28|3D)/.test(state) || state === '25P03' || state === '53300') return { kind: 'connection' }
  if (SOCKET.test(state) || (state === '' && LOST.test(error.message ?? ''))) return { kind: 'connection' }
  return { kind: 'other' }
}

function isPrimaryKey(error: PostgresError): boolean {
  return error.ferryPrimaryKey ?? (error.constraint ?? '').endsWith('_pkey')
}

function constraintFault(rule: NonNullable<EngineFault['rule']>, error: PostgresError): EngineFault {
  return { kind: 'constraint', rule, ...detailOf(error) }
}

function detailOf(error: PostgresError): { detail?: string } {
  const copied = /^COPY .*?, line \d+, column ([^:]+)/.exec(error.where ?? '')?.[1]
  const detail = error.constraint ?? error.column ?? copied ?? error.table
  return detail === undefined ? {} : { detail }
}
