import type { Row } from '../core/row.ts'
import { findRows } from '../state/find-rows.ts'
import type { Session } from '../target/target.ts'
import { type ComparedStep, pkTextOf } from './compared-table.ts'

/** The rows of these primary keys as the table holds them, in the order of `load.columns`, by `pkTextOf`. */
export async function findRowsByPk(session: Session, step: ComparedStep, pks: readonly Row[]): Promise<ReadonlyMap<string, Row>> {
  return findRows(
    session,
    {
      table: step.table.name,
      keyColumns: step.load.primaryKey,
      keyCodecs: step.pkCodecs,
      select: step.codecs.map((codec) => codec.select),
    },
    pks,
  )
}

/** Rows by primary key, asked for together, in the order of `pks`; undefined where the table has none. */
export async function lookAtRows(session: Session, step: ComparedStep, pks: readonly Row[]): Promise<readonly (Row | undefined)[]> {
  const found = await findRowsByPk(session, step, pks)
  return pks.map((pk) => found.get(pkTextOf(step, pk)))
}
