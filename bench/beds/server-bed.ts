import { randomBytes } from 'node:crypto'
import createKnex, { type Knex } from 'knex'
import { createTables } from '../workload/create-tables.ts'
import type { Workload } from '../workload/workload.ts'
import type { Bed } from './bed.ts'

/** Connections of the servers, without a database. */
const HOSTS = {
  postgres: process.env.FERRY_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432',
  mysql: process.env.FERRY_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306',
} as const

/** A server: one database of our own, its tables made anew for each round; undefined where none answers. */
export async function openServerBed(engine: 'postgres' | 'mysql', workload: Workload): Promise<Bed | undefined> {
  const name = `ferry_bench_${randomBytes(4).toString('hex')}`
  const admin = open(engine, engine === 'postgres' ? 'postgres' : '')
  try {
    await admin.raw(`create database ${name}`)
  } catch {
    await admin.destroy()
    return undefined
  }
  return {
    engine,
    fresh: async () => {
      await admin.raw(`drop database ${name}`)
      await admin.raw(`create database ${name}`)
      const knex = open(engine, name)
      await createTables(knex, workload)
      await knex.destroy()
      return `${HOSTS[engine]}/${name}`
    },
    close: async () => {
      await admin.raw(`drop database ${name}`)
      await admin.destroy()
    },
  }
}

function open(engine: 'postgres' | 'mysql', database: string): Knex {
  const client = engine === 'postgres' ? 'pg' : 'mysql2'
  return createKnex({ client, connection: `${HOSTS[engine]}/${database}`, pool: { min: 0, max: 1 } })
}
