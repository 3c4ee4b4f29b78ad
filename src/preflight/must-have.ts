import type { TableInfo } from '../target/target.ts'

/** Columns of a step's rows that the table takes no NULL in, with their places. */
export function findMustHave(columns: readonly string[], table: TableInfo): readonly { readonly name: string; readonly place: number }[] {
  return columns.flatMap((name, place) => {
    const info = table.columns.find((column) => column.name === name)
    return info === undefined || info.nullable || info.autoIncrement ? [] : [{ name, place }]
  })
}
