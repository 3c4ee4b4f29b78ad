import { invalid } from '../definition/invalid.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { TableInfo } from '../target/target.ts'

/**
 * Checks that a mapping writes what its table needs: every primary key column, every column that takes no NULL and has no default.
 * @throws FERRY_DEFINITION_INVALID
 */
export function checkTable(mapping: ResolvedMapping, table: TableInfo): void {
  const label = `mapping ${JSON.stringify(mapping.name)}`
  for (const column of table.primaryKey) {
    if (mapping.columns[column] === undefined) {
      throw invalid(
        `${label} does not map ${JSON.stringify(column)}, a primary key column of ${JSON.stringify(table.name)}`,
        'Map it: id.uuid(), id.integer() or id.keep().',
      )
    }
  }
  for (const column of table.columns) {
    const spec = mapping.columns[column.name]
    if (spec !== undefined && column.generated) throw invalid(`${label} maps ${JSON.stringify(column.name)}, which the engine computes`)
    if (spec === undefined && !column.nullable && !column.hasDefault && !column.generated && !column.autoIncrement) {
      throw invalid(`${label} does not map ${JSON.stringify(column.name)}, which takes no NULL and has no default`)
    }
  }
}
