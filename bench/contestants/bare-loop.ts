import Database, { type Statement } from 'better-sqlite3'
import { type Take, takeAll } from '../workload/read-source.ts'
import { type Fill, indexesOf, rowsOf } from '../workload/workload.ts'
import { report } from './contestant.ts'

/** The floor: JSON.parse and a prepared insert, one transaction, no check, no mapping, no checkpoint; indexes after the load. */
await report(async (task, workload) => {
  const database = new Database(task.database)
  const startedAt = performance.now()
  if (workload.ring === true) database.pragma('foreign_keys = off')
  for (const { name } of indexesOf(workload)) database.exec(`drop index ${name}`)
  database.exec('begin')
  const statements = new Map(
    workload.tables.map(({ name, columns }) => [
      name,
      database.prepare(`insert into ${name} values (${columns.map(() => '?').join(', ')})`),
    ]),
  )
  const takers = workload.collections(task.records).map(({ name, fills }): [string, Take] => {
    const writers = fills.map((fill) => writerOf(fill, statements.get(fill.table)))
    const [only] = writers
    if (only !== undefined && writers.length === 1) return [name, only]
    return [
      name,
      (value, key) => {
        for (const write of writers) write(value, key)
      },
    ]
  })
  await takeAll(workload, task.source, new Map(takers))
  database.exec('commit')
  const loadedAt = performance.now()
  for (const { ddl } of indexesOf(workload)) database.exec(ddl)
  const indexes = performance.now() - loadedAt
  database.close()
  return { indexes, load: performance.now() - startedAt }
})

function writerOf(fill: Fill, statement: Statement | undefined): Take {
  if (statement === undefined) throw new Error(`there is no table ${fill.table}`)
  const single = fill.bare === undefined ? fill.row?.bind(fill) : fill.bare.bind(fill)
  if (single !== undefined) return (value, key) => void statement.run(single(value, key))
  return (value, key) => {
    for (const row of rowsOf(fill, key, value)) statement.run(row)
  }
}
