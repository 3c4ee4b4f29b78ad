import type { EngineFault } from '../target.ts'

interface MysqlError {
  readonly errno?: number
  readonly code?: string
  readonly sqlState?: string
  readonly sqlMessage?: string
  readonly message?: string
  readonly fatal?: boolean
}

type Rule = NonNullable<EngineFault['rule']>

// Numbers: https://mariadb.com/kb/en/mariadb-error-code-reference/ and MySQL's "Server Error Message Reference".
const RULES: ReadonlyMap<number, Rule> = new Map([
  [1062, 'unique'],
  [1586, 'unique'],
  [1022, 'unique'],
  [1169, 'unique'],
  [1216, 'foreign_key'],
  [1217, 'foreign_key'],
  [1451, 'foreign_key'],
  [1452, 'foreign_key'],
  [1048, 'not_null'],
  // LOAD DATA: NULL supplied to a NOT NULL column.
  [1263, 'not_null'],
  [1364, 'not_null'],
  [4025, 'check'],
  [3819, 'check'],
  [1644, 'trigger'],
])
const VALUE: ReadonlySet<number> = new Set([1264, 1265, 1292, 1300, 1366, 1367, 1406, 1411, 1690, 3140, 3141, 3156, 3854, 4078])
// 1020: changed since last read; 1205, 1213: lock wait, deadlock; 3572: NOWAIT.
const TRANSIENT: ReadonlySet<number> = new Set([1020, 1205, 1213, 3572])
const FULL: ReadonlySet<number> = new Set([1021, 1114])
// 1142, 1143, 1227, 1370: a right that the user does not have.
const READ_ONLY: ReadonlySet<number> = new Set([1142, 1143, 1227, 1290, 1370, 1792, 1836, 4047])
// 1040: too many; 1044, 1045, 1049: refused; 1053: shutdown; 1152..1161: aborted; 1927, 3169: killed; 2006, 2013: gone; 4031: idle.
const CONNECTION: ReadonlySet<number> = new Set([
  1040, 1044, 1045, 1049, 1053, 1152, 1158, 1159, 1160, 1161, 1203, 1927, 2002, 2006, 2013, 3169, 4031,
])
const SOCKET = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETRESET|ENOTFOUND|EAI_AGAIN|PROTOCOL_)/
const LOST = /closed state|Connection lost|connection is closed|Timeout acquiring|Unable to acquire a connection/i

/** What an error of MySQL or MariaDB means, by its number. */
export function classifyMysql(error: unknown): EngineFault {
  if (typeof error !== 'object' || error === null) return { kind: 'other' }
  const told = error as MysqlError
  const text = told.sqlMessage ?? told.message ?? ''
  const row = /at row (\d+)$/.exec(text)?.[1]
  return { ...classifyNumber(told, text), ...(row === undefined ? {} : { row: Number(row) }) }
}

function classifyNumber(error: MysqlError, text: string): EngineFault {
  const number = error.errno ?? 0
  const rule = RULES.get(number)
  if (rule !== undefined) return constraintFault(rule, text)
  if (VALUE.has(number)) return { kind: 'value', ...detailOf(/for column (?:`[^`]*`\.)*[`']([^`']+)[`']/.exec(text)) }
  if (TRANSIENT.has(number)) return { kind: 'transient' }
  // 1026, 3: error writing a file; 28 is the system's "no space left".
  if (FULL.has(number) || /[Ee]rrcode: 28\b/.test(text)) return { kind: 'full' }
  if (READ_ONLY.has(number)) return { kind: 'read-only' }
  // 1044 is also said of a single statement (CREATE TEMPORARY TABLE); at login it ends the connection.
  if (number === 1044 && error.fatal !== true) return { kind: 'read-only' }
  if (CONNECTION.has(number) || SOCKET.test(error.code ?? '') || (number === 0 && LOST.test(text))) return { kind: 'connection' }
  // SIGNAL of a trigger with a state of its own.
  if (error.sqlState === '45000') return { kind: 'constraint', rule: 'trigger' }
  return { kind: 'other' }
}

function constraintFault(rule: Rule, text: string): EngineFault {
  if (rule === 'unique') {
    // MySQL 8 writes `table.key`.
    const key = /for key '(?:[^'.]*\.)?([^']*)'$/.exec(text)
    return { kind: 'constraint', rule: key?.[1] === 'PRIMARY' ? 'primary_key' : 'unique', ...detailOf(key) }
  }
  if (rule === 'foreign_key') return { kind: 'constraint', rule, ...detailOf(/CONSTRAINT `([^`]+)`/.exec(text)) }
  if (rule === 'not_null') return { kind: 'constraint', rule, ...detailOf(/(?:Column|Field) '([^']+)'|column '([^']+)'/.exec(text)) }
  if (rule === 'check') {
    return { kind: 'constraint', rule, ...detailOf(/CONSTRAINT `(?:[^`]*`\.`)*([^`]+)` failed|constraint '([^']+)'/.exec(text)) }
  }
  return { kind: 'constraint', rule }
}

function detailOf(found: RegExpExecArray | null): { detail?: string } {
  const detail = found?.[1] ?? found?.[2]
  return detail === undefined ? {} : { detail }
}
