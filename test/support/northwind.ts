import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import createKnex, { type Knex } from 'knex'
import { NdjsonAdapter } from '../../adapters/ndjson-adapter.ts'
import type { SourceAdapter } from '../../src/core/source-adapter.ts'
import { PROJECT_ROOT } from './project-root.ts'

const FOLDER = join(PROJECT_ROOT, '../shared/data/northwind/ndjson')
const MIGRATIONS = fileURLToPath(new URL('../../examples/northwind/migrations', import.meta.url))

/** Rows by table, as the data's README tells them. */
export const NORTHWIND_ROWS: Readonly<Record<string, number>> = {
  categories: 8,
  customers: 93,
  employees: 9,
  employee_territories: 49,
  'Order Details': 2155,
  orders: 830,
  products: 77,
  regions: 4,
  shippers: 3,
  suppliers: 29,
  territories: 53,
  customer_customer_demo: 0,
  customer_demographics: 0,
}

/** Whether the data is on this machine. */
export function hasNorthwind(): boolean {
  return existsSync(FOLDER)
}

/** The records, with the keys that `examples/northwind/ferry.config.ts` declares. */
export function openNorthwind(): SourceAdapter {
  return new NdjsonAdapter({
    path: FOLDER,
    keyFields: { EmployeeTerritories: ['EmployeeID', 'TerritoryID'], Order_Details: ['OrderID', 'ProductID'] },
  })
}

/** Makes Northwind's tables in an empty database. */
export async function createNorthwindTables(config: Knex.Config): Promise<void> {
  const knex = createKnex({ ...config, migrations: { directory: MIGRATIONS, loadExtensions: ['.ts'] } })
  try {
    await knex.migrate.latest()
  } finally {
    await knex.destroy()
  }
}
