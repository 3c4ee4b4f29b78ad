import { openKnex } from '../contestants/open-knex.ts'

/** Rows that tables hold: a contestant is believed by its tables only. */
export async function countRows(database: string, tables: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const knex = openKnex(database)
  try {
    const counts: Record<string, number> = {}
    for (const table of tables) {
      const [found] = await knex(table).count({ n: '*' })
      counts[table] = Number(found?.n)
    }
    return counts
  } finally {
    await knex.destroy()
  }
}
