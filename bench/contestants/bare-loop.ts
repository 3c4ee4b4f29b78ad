import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { SessionRecord, SpotRecord, VehicleRecord } from '../workload/records.ts'
import { INDEXES, SESSION_COLUMNS } from '../workload/tables.ts'
import { report, type Task } from './contestant.ts'

/** The floor: JSON.parse and a prepared insert, one transaction, no check, no mapping, no checkpoint; indexes after the load. */
await report(async (task: Task) => {
  const database = new Database(task.database)
  const phases: Record<string, number> = {}
  const startedAt = performance.now()
  for (const { name } of INDEXES) database.exec(`drop index ${name}`)
  database.exec('begin')
  const spot = database.prepare('insert into spots values (?, ?, ?)')
  await eachLine<SpotRecord>(join(task.source, 'spots.ndjson'), ({ id, code, type }) => spot.run(id, code, type))
  const vehicle = database.prepare('insert into vehicles values (?, ?, ?)')
  await eachLine<VehicleRecord>(join(task.source, 'vehicles.ndjson'), ({ id, licensePlate, vehicleType }) =>
    vehicle.run(id, licensePlate, vehicleType),
  )
  const session = database.prepare(`insert into parking_sessions values (${SESSION_COLUMNS.map(() => '?').join(', ')})`)
  await eachLine<SessionRecord>(join(task.source, 'sessions.ndjson'), (record) =>
    session.run(
      record.id,
      record.vehicle,
      record.spot,
      record.spotCode,
      record.licensePlate,
      record.vehicleType,
      record.rateType,
      record.checkInTime,
      record.checkOutTime,
      record.totalAmount * 100,
      record.isPaid ? 1 : 0,
      record.note,
      record.createdAt,
      record.updatedAt,
    ),
  )
  database.exec('commit')
  const loadedAt = performance.now()
  for (const { ddl } of INDEXES) database.exec(ddl)
  phases.indexes = performance.now() - loadedAt
  phases.load = performance.now() - startedAt
  const rows = Number(database.prepare('select count(*) from parking_sessions').pluck().get())
  database.close()
  return { rows, phases }
})

/** Splits on bytes, as fast as a plain script can. */
async function eachLine<T>(path: string, take: (record: T) => void): Promise<void> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, at)) {
      take(JSON.parse(bytes.toString('utf8', at, end)))
      at = end + 1
    }
    rest = bytes.subarray(at)
  }
}
