import { report } from './contestant.ts'
import { openKnex } from './open-knex.ts'
import { listRowObjects } from './row-objects.ts'

/** More terms than this make one SQLite statement too long for Knex. */
const CHUNK = 500

/** What an app's own script does with Knex: read lines, batchInsert; indexes stay. */
await report(async (task, workload) => {
  const knex = openKnex(task.database)
  const startedAt = performance.now()
  // Knex has one connection to a SQLite file.
  if (workload.ring === true) await knex.raw('pragma foreign_keys = off')
  const narrow = Math.floor(32_000 / Math.max(...workload.tables.map(({ columns }) => columns.length)))
  for await (const { table, rows } of listRowObjects(task, workload)) await knex.batchInsert(table, [...rows], Math.min(CHUNK, narrow))
  const load = performance.now() - startedAt
  await knex.destroy()
  return { load }
})
