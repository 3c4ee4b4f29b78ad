import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeSession, makeSpot, makeVehicle, type SessionRecord, type Sizes } from './records.ts'

/** Where a workload's files are. */
export interface Workload {
  readonly sizes: Sizes
  /** spots.ndjson, vehicles.ndjson, sessions.ndjson. */
  readonly folder: string
  /** The sessions as the rows of their table, for the engines' own loaders; the files of `folder` hold the parents too. */
  readonly csv: Readonly<Record<'spots' | 'vehicles' | 'sessions', string>>
  /** Of sessions.ndjson. */
  readonly bytes: number
}

const CHUNK_CHARS = 1 << 20

/** Writes the files of a workload, or takes those that stand there; the name of the folder says what they hold. */
export function writeWorkload(root: string, sizes: Sizes): Workload {
  const folder = join(root, `sessions-${sizes.sessions}`)
  const csvFolder = join(root, `csv-${sizes.sessions}`)
  mkdirSync(folder, { recursive: true })
  mkdirSync(csvFolder, { recursive: true })
  const spots = () => list(sizes.spots, makeSpot)
  const vehicles = () => list(sizes.vehicles, makeVehicle)
  const sessions = () => list(sizes.sessions, (id) => makeSession(id, sizes))
  writeLines(join(folder, 'spots.ndjson'), spots(), JSON.stringify)
  writeLines(join(folder, 'vehicles.ndjson'), vehicles(), JSON.stringify)
  writeLines(join(folder, 'sessions.ndjson'), sessions(), JSON.stringify)
  const csv = {
    spots: join(csvFolder, 'spots.csv'),
    vehicles: join(csvFolder, 'vehicles.csv'),
    sessions: join(csvFolder, 'sessions.csv'),
  }
  writeLines(csv.spots, spots(), ({ id, code, type }) => toCsv([id, code, type.toUpperCase()]))
  writeLines(csv.vehicles, vehicles(), ({ id, licensePlate, vehicleType }) => toCsv([id, licensePlate, vehicleType.toUpperCase()]))
  writeLines(csv.sessions, sessions(), (session) => toCsv(toRow(session)))
  return { sizes, folder, csv, bytes: statSync(join(folder, 'sessions.ndjson')).size }
}

/** A session as its row, in the order of the table's columns. */
export function toRow(session: SessionRecord): readonly (string | number | null)[] {
  return [
    session.id,
    session.vehicle,
    session.spot,
    session.spotCode,
    session.licensePlate,
    session.vehicleType.toUpperCase(),
    session.rateType.toUpperCase(),
    session.checkInTime,
    session.checkOutTime,
    Math.round(session.totalAmount * 100),
    session.isPaid ? 1 : 0,
    session.note,
    session.createdAt,
    session.updatedAt,
  ]
}

function* list<T>(count: number, make: (id: number) => T): Generator<T> {
  for (let id = 1; id <= count; id += 1) yield make(id)
}

function toCsv(values: readonly (string | number | null)[]): string {
  return values.map((value) => (value === null ? '' : typeof value === 'number' ? value : `"${value.replaceAll('"', '""')}"`)).join(',')
}

/** Written beside and renamed: a file that is there is whole. */
function writeLines<T>(path: string, records: Iterable<T>, render: (record: T) => string): void {
  if (existsSync(path)) return
  const file = openSync(`${path}.part`, 'w')
  let text = ''
  for (const record of records) {
    text += `${render(record)}\n`
    if (text.length < CHUNK_CHARS) continue
    writeSync(file, text)
    text = ''
  }
  writeSync(file, text)
  closeSync(file)
  renameSync(`${path}.part`, path)
}
