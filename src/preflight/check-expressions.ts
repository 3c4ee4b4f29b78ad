import type { Row, SqlValue } from '../core/row.ts'
import { chunksOf } from '../state/chunks.ts'
import { renderRow } from '../state/row-text.ts'
import type { Session, TableInfo } from '../target/target.ts'

/** CHECK constraints of a table as this step can ask them: by SELECTs over its rows' values, nothing is written. */
export interface CheckQuestions {
  /** Places (in `rows`) of the rows that a CHECK would refuse. */
  failing(rows: readonly Row[]): Promise<ReadonlySet<number>>
  /** CHECKs that are asked. */
  readonly asked: number
  /** Expressions that cannot be asked, with the reason. */
  readonly unasked: readonly string[]
}

/** SQLite allows 500 terms of UNION ALL; the others more. */
const MOST_TERMS = 400

/** Tuples of values that passed a CHECK; about 100 bytes each. */
const MOST_REMEMBERED = 20_000

const PLACE = 'ferry_place'

/** Prepares the questions; an expression that the engine cannot evaluate over plain values is listed in `unasked`. */
export async function openCheckQuestions(session: Session, table: TableInfo, columns: readonly string[]): Promise<CheckQuestions> {
  const questions: Question[] = []
  const unasked: string[] = []
  for (const check of table.checks) {
    const expression = innerExpression(check)
    const outside = table.columns.filter(({ name }) => !columns.includes(name) && mentions(expression, name))
    if (outside.length > 0) {
      unasked.push(`${table.name}: a CHECK reads ${outside.map(({ name }) => name).join(', ')}, which this mapping does not write`)
      continue
    }
    const read = columns.filter((name) => mentions(expression, name))
    const question =
      (await tryAsking(session, { table, columns: read, expression })) ?? (await tryAsking(session, { table, columns, expression }))
    if (question === undefined) unasked.push(`${table.name}: a CHECK cannot be evaluated outside the table`)
    else questions.push(question)
  }
  const asking = questions.map((question) => openAsking(session, question, columns))
  return {
    asked: questions.length,
    unasked,
    async failing(rows) {
      const failing = new Set<number>()
      for (const ask of asking) for (const place of await ask(rows)) failing.add(place)
      return failing
    },
  }
}

interface Question {
  readonly table: TableInfo
  /** Those that the expression reads. */
  readonly columns: readonly string[]
  readonly expression: string
}

async function tryAsking(session: Session, question: Question): Promise<Question | undefined> {
  if (question.columns.length === 0) return undefined
  try {
    await ask(session, question, [question.columns.map(() => null)])
    return question
  } catch {
    return undefined
  }
}

/** Values that passed are remembered, so that a column of a few values is asked a few times. */
function openAsking(
  session: Session,
  question: Question,
  columns: readonly string[],
): (rows: readonly Row[]) => Promise<readonly number[]> {
  const places = question.columns.map((name) => columns.indexOf(name))
  const terms = Math.min(MOST_TERMS, Math.floor(session.dialect.maxBindings / question.columns.length))
  const passed = new Set<unknown>()
  return async (rows) => {
    const failing: number[] = []
    const asked = new Map<unknown, { readonly values: Row; readonly places: number[] }>()
    for (const [at, row] of rows.entries()) {
      const values = places.map((place) => row[place] ?? null)
      const same = standIn(values)
      if (passed.has(same)) continue
      const known = asked.get(same)
      if (known === undefined) asked.set(same, { values, places: [at] })
      else known.places.push(at)
    }
    for (const chunk of chunksOf([...asked], terms)) {
      const broken = new Set(
        await ask(
          session,
          question,
          chunk.map(([, { values }]) => values),
        ),
      )
      for (const [at, [same, found]] of chunk.entries()) {
        if (broken.has(at)) failing.push(...found.places)
        else if (passed.size < MOST_REMEMBERED) passed.add(same)
      }
    }
    return failing
  }
}

/** Equal for tuples of the same values, and for no others. */
function standIn(values: Row): unknown {
  const [only] = values
  return values.length === 1 && (typeof only === 'number' || typeof only === 'bigint') ? only : renderRow(values)
}

async function ask(session: Session, question: Question, rows: readonly Row[]): Promise<readonly number[]> {
  const { quote } = session.dialect
  const bindings = rows.flatMap((row): SqlValue[] => question.columns.map((_, index) => row[index] ?? null))
  const sql = `select ${quote(PLACE)} from ${valuesOf(session, question, rows.length)} where not (${question.expression})`
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
