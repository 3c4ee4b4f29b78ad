import { foldCodec } from '../target/fold-text.ts'
import type { Codec } from '../target/target.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * Codecs of the columns that find the existing row of a `skip` or `upsert` item: texts that the column's collation holds equal get one canonical text.
 * Not so in the primary key, which an update keeps: verification and rollback find rows by its exact text, so there the item is refused as a duplicate.
 */
export function matchCodecs({ table, step, codecs }: Pipeline, columns: readonly string[]): readonly Codec[] {
  return columns.flatMap((name) => {
    const codec = codecs[step.columns.indexOf(name)]
    if (codec === undefined) return []
    return [foldCodec(codec, table.primaryKey.includes(name) ? undefined : table.columns.find((column) => column.name === name)?.collation)]
  })
}
