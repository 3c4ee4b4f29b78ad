import type { Row, SqlValue } from '../core/row.ts'
import type { Session, TableInfo } from '../target/target.ts'

/** CHECK constraints of a table as this step can ask them: by SELECTs over its rows' values, nothing is written. */
export interface CheckQuestions {
  /** Places (in `rows`) of the rows that a CHECK would refuse. */
  failing(rows: readonly Row[]): Promise<ReadonlySet<number>>
  /** Expressions that cannot be asked, with the reason. */
  readonly unasked: readonly string[]
}

/** SQLite allows 500 terms of UNION ALL; the others more. */
const MOST_TERMS = 400

const PLACE = 'ferry_place'

/** Prepares the questions; an expression that the engine cannot evaluate over plain values is listed in `unasked`. */
export async function openCheckQuestions(session: Session, table: TableInfo, columns: readonly string[]): Promise<CheckQuestions> {
  const expressions: string[] = []
  const unasked: string[] = []
  const empty = columns.map(() => null)
  for (const check of table.checks) {
    const expression = innerExpression(check)
    const outside = table.columns.filter(({ name }) => !columns.includes(name) && mentions(expression, name))
    if (outside.length > 0) {
      unasked.push(`${table.name}: a CHECK reads ${outside.map(({ name }) => name).join(', ')}, which this mapping does not write`)
      continue
    }
    try {
      await ask(session, { table, columns, expressions: [expression] }, [empty])
      expressions.push(expression)
    } catch {
      unasked.push(`${table.name}: a CHECK cannot be evaluated outside the table`)
    }
  }
  const question = { table, columns, expressions }
  return { unasked, failing: (rows) => findFailing(session, question, rows) }
}

interface Question {
  readonly table: TableInfo
  readonly columns: readonly string[]
  readonly expressions: readonly string[]
}

async function findFailing(session: Session, question: Question, rows: readonly Row[]): Promise<ReadonlySet<number>> {
  const failing = new Set<number>()
  if (question.expressions.length === 0) return failing
  const terms = Math.min(MOST_TERMS, Math.floor(session.dialect.maxBindings / (question.columns.length + 1)))
  for (let start = 0; start < rows.length; start += terms) {
    for (const place of await ask(session, question, rows.slice(start, start + terms))) failing.add(start + place)
  }
  return failing
}

async function ask(session: Session, question: Question, rows: readonly Row[]): Promise<readonly number[]> {
  const { quote } = session.dialect
  const bindings = rows.flatMap((row): SqlValue[] => question.columns.map((_, index) => row[index] ?? null))
  const broken = question.expressions.map((expression) => `(not (${expression}))`).join(' or ')
  const sql = `select ${quote(PLACE)} from ${valuesOf(session, question, rows.length)} where ${broken}`
  const found = await session.rows(sql, bindings)
  return found.map(([at]) => Number(at))
}

/** The rows as a table of its name, with their places. */
function valuesOf(session: Session, { table, columns }: Question, count: number): string {
  const { quote, engine } = session.dialect
  const alias = quote(bareName(table.name))
  const places = Array.from({ length: count }, (_, at) => at)
  const holders = columns.map((column) => holder(session, table, column))
  if (engine === 'postgres') {
    // It plans each term of a UNION as a query of its own: half a second for four hundred.
    const names = [PLACE, ...columns].map(quote)
    return `(values ${places.map((at) => `(${[at, ...holders].join(', ')})`).join(', ')}) as ${alias} (${names.join(', ')})`
  }
  const named = columns.map((column, index) => `${holders[index]} as ${quote(column)}`).join(', ')
  return `(${places.map((at) => `select ${at} as ${quote(PLACE)}, ${named}`).join(' union all ')}) as ${alias}`
}

/** An alias has no schema. */
function bareName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1)
}

/** PostgreSQL must be told the type of a bare parameter; its type names work as casts. */
function holder(session: Session, table: TableInfo, column: string): string {
  const type = table.columns.find(({ name }) => name === column)?.type
  return session.dialect.engine === 'postgres' && type !== undefined ? `cast(? as ${type})` : '?'
}

/** `CHECK (a > 0)`, `constraint x check (a > 0)` or the bare expression: the expression. */
function innerExpression(check: string): string {
  const found = /^\s*(?:constraint\s+\S+\s+)?check\s*(\([\s\S]*\))(?:\s+not\s+valid)?\s*$/i.exec(check)
  return found?.[1] ?? check
}

function mentions(expression: string, column: string): boolean {
  const name = column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^\\w'])${name}($|[^\\w'])`, 'i').test(expression)
}
