import type { Row } from '../../core/row.ts'
import type { Session } from '../target.ts'

/** Inserts rows by statements of as many as one may bind values for. `names`: the columns, quoted. @throws FERRY_TARGET_QUERY and its kin */
export async function insertMany(
  session: Pick<Session, 'dialect' | 'run'>,
  table: string,
  { names, rows }: { readonly names: string; readonly rows: readonly Row[] },
): Promise<void> {
  const { quote, maxBindings } = session.dialect
  const width = rows[0]?.length ?? 1
  const most = Math.max(1, Math.floor(maxBindings / width))
  for (let from = 0; from < rows.length; from += most) {
    const part = rows.slice(from, from + most)
    const tuple = `(${new Array(width).fill('?').join(', ')})`
    // As in the dialect's insertSql: GENERATED ALWAYS takes our ids.
    await session.run(
      `insert into ${quote(table)} (${names}) overriding system value values ${part.map(() => tuple).join(', ')}`,
      part.flat(),
    )
  }
}
