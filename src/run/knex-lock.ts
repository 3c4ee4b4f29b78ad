import { setTimeout as wait } from 'node:timers/promises'
import type { Knex } from 'knex'
import { FerryError } from '../core/errors.ts'

/** Knex's own lock row: `<tableName>_lock`, one row, `is_locked` 1 while a migration runs. */
export interface KnexLock {
  readonly table: string
  readonly schema: string | undefined
}

const RETAKE_TRIES = 100
const RETAKE_WAIT_MS = 100

/** Runs `work` with Knex's lock given free, and takes it again afterwards, whatever came of it. @throws FERRY_MIGRATE_FAILED */
export async function withoutKnexLock<T>(knex: Knex, work: () => Promise<T>): Promise<T> {
  const lock = await releaseKnexLock(knex)
  try {
    return await work()
  } finally {
    if (lock !== undefined) await retakeKnexLock(knex, lock)
  }
}

/** Tells whether Knex's bookkeeping already has a migration. */
export async function isRecorded(knex: Knex, migration: string): Promise<boolean> {
  const { table, schema } = readSettings(knex)
  const found = await rows(knex, { table, schema }).where({ name: migration }).first('name')
  return found !== undefined
}

/**
 * Frees Knex's lock row for the time of a transfer. Knex leaves it set when it is killed under `transaction: false`,
 * and would refuse the next start before `up` runs. Resolves with undefined where there is none that is held (`up` called without Knex's migrator).
 */
async function releaseKnexLock(knex: Knex): Promise<KnexLock | undefined> {
  const lock = await findLock(knex)
  if (lock === undefined) return undefined
  const changed = await rows(knex, lock).where({ is_locked: 1 }).update({ is_locked: 0 })
  await dropSurplus(knex, lock)
  return changed > 0 ? lock : undefined
}

/**
 * Two Knex commands that make the lock table in the same moment put a row in it each (table-creator.js asks, then inserts). Knex then locks
 * nobody out, or with both rows free everybody for good: "already locked". Takes out free rows beside the one that counts.
 */
export async function mendKnexLock(knex: Knex): Promise<void> {
  const lock = await findLock(knex)
  if (lock !== undefined) await dropSurplus(knex, lock)
}

async function dropSurplus(knex: Knex, lock: KnexLock): Promise<void> {
  const found = (await rows(knex, lock).select('*')) as { index?: number; is_locked: number }[]
  if (found.length < 2) return
  found.sort((one, other) => other.is_locked - one.is_locked || Number(one.index) - Number(other.index))
  const [kept] = found
  if (kept?.index !== undefined) await rows(knex, lock).where({ is_locked: 0 }).whereNot({ index: kept.index }).delete()
}

/** Takes the lock row again, conditionally: another knex command that slipped in is waited for. */
async function retakeKnexLock(knex: Knex, lock: KnexLock): Promise<void> {
  for (let attempt = 0; attempt < RETAKE_TRIES; attempt += 1) {
    await dropSurplus(knex, lock)
    if ((await rows(knex, lock).where({ is_locked: 0 }).update({ is_locked: 1 })) === 1) return
    await wait(RETAKE_WAIT_MS)
  }
  throw new FerryError('FERRY_MIGRATE_FAILED', 'another knex command holds the migration lock', {
    hint: 'Let it end, then type this command again: the transfer itself is finished and will not run twice.',
  })
}

/** The lock table; undefined before Knex has made it. */
async function findLock(knex: Knex): Promise<KnexLock | undefined> {
  const { table, schema } = readSettings(knex)
  const lock: KnexLock = { table: `${table}_lock`, schema }
  const builder = schema === undefined ? knex.schema : knex.schema.withSchema(schema)
  return (await builder.hasTable(lock.table)) ? lock : undefined
}

function readSettings(knex: Knex): KnexLock {
  const { tableName, schemaName } = (knex.client.config.migrations ?? {}) as { tableName?: string; schemaName?: string }
  return { table: tableName ?? 'knex_migrations', schema: schemaName }
}

function rows(knex: Knex, { table, schema }: KnexLock) {
  return schema === undefined ? knex(table) : knex(table).withSchema(schema)
}
