import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import createKnex, { type Knex } from 'knex'
import type { SessionRecord, SpotRecord, VehicleRecord } from '../workload/records.ts'
import { SESSION_COLUMNS } from '../workload/tables.ts'
import { toRow } from '../workload/write-workload.ts'
import { report, type Task } from './contestant.ts'

/** More rows than this make one SQLite statement too long for Knex. */
const CHUNK = 500
const HELD = 5_000

/** What an app's own script does with Knex: read lines, batchInsert; indexes stay. */
await report(async (task: Task) => {
  const knex = createKnex(toConfig(task.database))
  const startedAt = performance.now()
  await load<SpotRecord>(knex, { path: join(task.source, 'spots.ndjson'), table: 'spots' }, ({ id, code, type }) => ({ id, code, type }))
  await load<VehicleRecord>(knex, { path: join(task.source, 'vehicles.ndjson'), table: 'vehicles' }, (vehicle) => ({
    id: vehicle.id,
    license_plate: vehicle.licensePlate,
    vehicle_type: vehicle.vehicleType,
  }))
  const isMysql = task.database.startsWith('mysql:')
  await load<SessionRecord>(knex, { path: join(task.source, 'sessions.ndjson'), table: 'parking_sessions' }, (session) => {
    const row: Record<string, string | number | boolean | null> = {}
    for (const [at, value] of toRow(session).entries()) row[SESSION_COLUMNS[at] ?? ''] = isMysql && isTime(value) ? toSqlTime(value) : value
    row.is_paid = session.isPaid
    return row
  })
  const loadMs = performance.now() - startedAt
  const [found] = await knex('parking_sessions').count({ n: '*' })
  await knex.destroy()
  return { rows: Number(found?.n), phases: { load: loadMs } }
})

async function load<T>(knex: Knex, place: { path: string; table: string }, toInsert: (record: T) => object): Promise<void> {
  let held: object[] = []
  for await (const line of createInterface({ input: createReadStream(place.path) })) {
    held.push(toInsert(JSON.parse(line)))
    if (held.length < HELD) continue
    await knex.batchInsert(place.table, held, CHUNK)
    held = []
  }
  if (held.length > 0) await knex.batchInsert(place.table, held, CHUNK)
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && value.length === 24 && value.endsWith('Z') && value[10] === 'T'
}

function toSqlTime(text: string): string {
  return `${text.slice(0, 10)} ${text.slice(11, 23)}`
}

function toConfig(database: string): Knex.Config {
  if (database.startsWith('postgres:')) return { client: 'pg', connection: database }
  if (database.startsWith('mysql:')) return { client: 'mysql2', connection: database }
  return { client: 'better-sqlite3', connection: { filename: database }, useNullAsDefault: true }
}
