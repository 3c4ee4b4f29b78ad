import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { SnapshotWriter } from '../../src/snapshot/snapshot-writer.ts'
import { type Take, takeAll } from './read-source.ts'
import { rowsOf, type TableShape, type Values, type Workload } from './workload.ts'

/** A workload's files. */
export interface Prepared {
  readonly workload: Workload
  readonly records: number
  /** A folder of NDJSON, or a snapshot. */
  readonly source: string
  /** Bytes of the source. */
  readonly bytes: number
  /** Rows that belong into each table. */
  readonly rows: Readonly<Record<string, number>>
  /** For tools that take rows that are ready: `<table>.csv` in the order of the table's columns, or `<table>.ndjson` by their names. Written when first asked for. */
  readyRows(form: 'csv' | 'ndjson'): Promise<string>
}

/** Grows with any change to what is written, so that files of an older bench are not taken for these. */
const VERSION = 2
const CHUNK_CHARS = 1 << 20

/** Writes the files of a workload, or takes those that stand there; the name of the folder says what they hold. */
export async function prepare(root: string, workload: Workload, records: number): Promise<Prepared> {
  const name = `${workload.name}-${records}-v${VERSION}`
  const folder = await once(join(root, name), async (part) => {
    const source = sourceIn(part, workload)
    if (workload.store !== undefined) await workload.store(source)
    else if (workload.form === 'snapshot') writeSnapshot(source, workload, records)
    else writeNdjson(source, workload, records)
    writeFileSync(join(part, 'rows.json'), JSON.stringify(await countRows(source, workload, records)))
  })
  const source = sourceIn(folder, workload)
  const rows: Record<string, number> = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8'))
  return {
    workload,
    records,
    source,
    bytes: sizeOf(source),
    rows,
    readyRows: (form) => once(join(root, `${name}-${form}`), (part) => writeReadyRows(part, { source, workload, records, form })),
  }
}

/** Made beside and renamed: a folder that is there is whole. */
async function once(folder: string, write: (part: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  await write(part)
  renameSync(part, folder)
  return folder
}

function sourceIn(folder: string, { form }: Workload): string {
  return join(folder, form === 'snapshot' ? 'store.ferry.ndjson' : 'store')
}

function sizeOf(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0)
}

function writeNdjson(folder: string, workload: Workload, records: number): void {
  mkdirSync(folder)
  for (const { name, items } of workload.collections(records)) {
    const file = openLines(join(folder, `${name}.ndjson`))
    for (const { value } of items?.() ?? []) file.write(JSON.stringify(value))
    file.close()
  }
}

function writeSnapshot(path: string, workload: Workload, records: number): void {
  const collections = workload.collections(records)
  const writer = new SnapshotWriter(path, { fuzzy: false, collections: collections.map(({ name }) => ({ name, kind: 'map' })) })
  try {
    for (const { name, items } of collections) {
      writer.begin(name)
      for (const item of items?.() ?? []) writer.add(item)
    }
    writer.finish(0)
  } finally {
    writer.abort()
  }
}

type Source = { readonly source: string; readonly workload: Workload; readonly records: number }

async function countRows(source: string, workload: Workload, records: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = Object.fromEntries(workload.tables.map(({ name }) => [name, 0]))
  await eachRow({ source, workload, records }, (table) => {
    counts[table] = (counts[table] ?? 0) + 1
  })
  return counts
}

async function writeReadyRows(folder: string, { form, ...from }: Source & { readonly form: 'csv' | 'ndjson' }): Promise<void> {
  const files = new Map(
    from.workload.tables.map((shape) => [shape.name, { shape, file: openLines(join(folder, `${shape.name}.${form}`)) }]),
  )
  await eachRow(from, (table, row) => {
    const found = files.get(table)
    found?.file.write(form === 'csv' ? renderCsv(row) : renderJson(row, found.shape))
  })
  for (const { file } of files.values()) file.close()
}

async function eachRow({ source, workload, records }: Source, take: (table: string, row: Values) => void): Promise<void> {
  const takers = workload.collections(records).map(({ name, fills }): [string, Take] => [
    name,
    (value, key) => {
      for (const fill of fills) for (const row of rowsOf(fill, key, value)) take(fill.table, row)
    },
  ])
  await takeAll(workload, source, new Map(takers))
}

function renderCsv(row: Values): string {
  return row.map((value) => (value === null ? '' : typeof value === 'number' ? value : `"${value.replaceAll('"', '""')}"`)).join(',')
}

function renderJson(row: Values, { columns }: TableShape): string {
  return JSON.stringify(Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])))
}

function openLines(path: string): { write(line: string): void; close(): void } {
  const file = openSync(path, 'w')
  let text = ''
  return {
    write(line) {
      text += `${line}\n`
      if (text.length < CHUNK_CHARS) return
      writeSync(file, text)
      text = ''
    },
    close() {
      writeSync(file, text)
      closeSync(file)
    },
  }
}
