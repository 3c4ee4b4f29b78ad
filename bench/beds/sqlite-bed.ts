import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import createKnex from 'knex'
import { createTables } from '../workload/create-tables.ts'
import type { Workload } from '../workload/workload.ts'
import type { Bed } from './bed.ts'

/** SQLite: a copy of one prepared file for each round. */
export async function openSqliteBed(root: string, workload: Workload): Promise<Bed> {
  mkdirSync(root, { recursive: true })
  const template = join(root, 'template.sqlite')
  const path = join(root, 'round.sqlite')
  const remove = (file: string) => {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${end}`, { force: true })
  }
  remove(template)
  const knex = createKnex({ client: 'better-sqlite3', connection: { filename: template }, useNullAsDefault: true })
  await createTables(knex, workload)
  await knex.destroy()
  return {
    engine: 'sqlite',
    fresh: async () => {
      remove(path)
      copyFileSync(template, path)
      return path
    },
    close: async () => {
      remove(path)
      remove(template)
    },
  }
}
