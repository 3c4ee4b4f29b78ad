import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Knex } from 'knex'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { exportStore } from '../../src/snapshot/export-store.ts'
import type { EngineName } from '../../src/target/target.ts'
import { type EngineDatabase, forEachEngine } from './engines.ts'
import { createTables, createWorld, defineWorld, WORLD_TABLES, type World } from './world.ts'

/** A world in a database with its tables made, its snapshot written, and its transfer defined. */
export interface WorldRun {
  readonly db: EngineDatabase
  readonly knex: Knex
  readonly world: World
  readonly folder: string
  readonly snapshot: string
  readonly transfer: ResolvedTransfer
  /** What every run function takes. */
  readonly common: { readonly transfer: ResolvedTransfer; readonly target: EngineDatabase['target']; readonly noBackup: true }
}

/** One suite per engine; `run()` gives each test a world of its own. */
export function forEachWorld(
  name: string,
  options: { readonly teams: number; readonly change?: (world: World) => void; readonly engines?: readonly EngineName[] },
  suite: (run: () => WorldRun) => void,
): void {
  forEachEngine(
    name,
    (db) => {
      let current: WorldRun | undefined
      beforeEach(async () => {
        const folder = mkdtempSync(join(tmpdir(), 'ferry-world-'))
        const snapshot = join(folder, 'world.ferry.ndjson')
        const world = createWorld(options.teams)
        options.change?.(world)
        exportStore(world, snapshot)
        await db().session.close() // SQLite's pool holds one connection
        await createTables(db().target.knex)
        const transfer = defineWorld(snapshot, join(folder, 'ferry'))
        const target = db().target
        current = { db: db(), knex: target.knex, world, folder, snapshot, transfer, common: { transfer, target, noBackup: true } }
      })
      afterEach(() => {
        if (current) rmSync(current.folder, { recursive: true, force: true })
        current = undefined
      })
      suite(() => {
        if (!current) throw new Error('run() is for tests and hooks')
        return current
      })
    },
    options.engines,
  )
}

/** Every row of every table of the world, as one text; equal texts are equal tables. */
export const dumpWorld = (knex: Knex): Promise<string> => dumpTables(knex, WORLD_TABLES)

/** Rows of tables as one text, each value as it is stored: on SQLite, which lets a column hold any type, as a literal that tells 5 from 5.0 and from '5'. */
export async function dumpTables(knex: Knex, tables: readonly string[], leaveOut: readonly string[] = []): Promise<string> {
  const sqlite = String(knex.client.config.client).includes('sqlite')
  const parts: string[] = []
  for (const table of tables) {
    const columns = Object.keys(await knex(table).columnInfo()).filter((name) => !leaveOut.includes(name))
    const rows: Record<string, unknown>[] = await knex(table).select(
      columns.map((name) => (sqlite ? knex.raw('quote(??) as ??', [name, name]) : name)),
    )
    parts.push(table, ...rows.map((row) => JSON.stringify(row)).sort())
  }
  return parts.join('\n')
}

/** Rows of a table. */
export async function countOf(knex: Knex, table: string): Promise<number> {
  const [found] = await knex(table).count({ n: '*' })
  return Number(found?.n)
}
