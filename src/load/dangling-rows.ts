import type { Reject } from '../core/reject.ts'
import type { SqlValue } from '../core/row.ts'
import type { ForeignKeyInfo, Session } from '../target/target.ts'
import type { TransformedRow } from '../transform/pipeline.ts'
import { refusal } from './insert-isolated.ts'
import type { LoadContext } from './load-context.ts'

const CHUNK = 200

/**
 * Sorts out rows whose DEFERRABLE foreign keys point nowhere: such a constraint would speak only at COMMIT, when the bad row can no longer be told
 * from the good ones. Tables without deferrable foreign keys cost nothing here.
 */
export async function rejectDangling(
  context: LoadContext,
  rows: readonly TransformedRow[],
): Promise<{ readonly sound: readonly TransformedRow[]; readonly dangling: readonly Reject[] }> {
  const dangling: Reject[] = []
  let sound = rows
  for (const foreignKey of context.pipeline.table.foreignKeys) {
    if (context.unchecked.has(foreignKey.references.table) && context.unchecked.has(context.pipeline.table.name)) continue
    const places = foreignKey.columns.map((column) => context.pipeline.step.columns.indexOf(column))
    if (!foreignKey.deferrable || places.includes(-1) || foreignKey.references.table === context.pipeline.table.name) continue
    const tuples = sound.map(({ row }) => places.map((place) => row[place] ?? null))
    const known = await findParents(context.session, foreignKey, tuples)
    const next: TransformedRow[] = []
    for (const [at, row] of sound.entries()) {
      const tuple = tuples[at] ?? []
      if (tuple.includes(null) || known.has(textOf(tuple))) next.push(row)
      else dangling.push(refusal(context, row, { kind: 'constraint', rule: 'foreign_key', detail: foreignKey.columns.join(', ') }))
    }
    sound = next
  }
  return { sound, dangling }
}

function textOf(tuple: readonly SqlValue[]): string {
  return JSON.stringify(tuple.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value))))
}

async function findParents(
  session: Session,
  foreignKey: ForeignKeyInfo,
  tuples: readonly (readonly SqlValue[])[],
): Promise<ReadonlySet<string>> {
  const { quote } = session.dialect
  const columns = foreignKey.references.columns
  const distinct = [...new Map(tuples.filter((tuple) => !tuple.includes(null)).map((tuple) => [textOf(tuple), tuple])).values()]
  const known = new Set<string>()
  for (let start = 0; start < distinct.length; start += CHUNK) {
    const part = distinct.slice(start, start + CHUNK)
    const equal = `(${columns.map((column) => `${quote(column)} = ?`).join(' and ')})`
    const sql = `select ${columns.map(quote).join(', ')} from ${quote(foreignKey.references.table)} where ${part.map(() => equal).join(' or ')}`
    for (const row of await session.rows(sql, part.flat())) known.add(textOf(row))
  }
  return known
}
