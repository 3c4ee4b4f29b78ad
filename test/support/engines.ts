import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import createKnex, { type Knex } from 'knex'
import { openTarget } from '../../src/target/open-target.ts'
import type { EngineName, Session, Target } from '../../src/target/target.ts'

const POSTGRES = process.env.FERRY_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432'
const MYSQL = process.env.FERRY_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306'
/** `FERRY_TEST_ENGINES=sqlite` runs the loops on one engine alone. */
const ENGINES = (process.env.FERRY_TEST_ENGINES ?? 'sqlite,postgres,mysql').split(',')

/** A fresh, empty database of one test. */
export interface EngineDatabase {
  readonly engine: EngineName
  readonly config: Knex.Config
  readonly target: Target
  readonly session: Session
  /** Opens the same database once more, as a second process would; closed with the database. */
  openAgain(): Promise<{ readonly target: Target; readonly session: Session }>
  /** Runs statements parted by `;` on the session. */
  exec(sql: string): Promise<void>
}

interface Server {
  create(name: string): Promise<Knex.Config>
  drop(name: string): Promise<void>
}

/**
 * Runs a suite once per engine, each test on a database of its own: `db()` gives it.
 * A server that does not answer skips its suite, or fails it where CI is set.
 */
export function forEachEngine(
  name: string,
  suite: (db: () => EngineDatabase) => void,
  engines: readonly EngineName[] = ['sqlite', 'postgres', 'mysql'],
): void {
  for (const engine of engines) {
    if (!ENGINES.includes(engine)) continue
    describe(`${name} on ${engine}`, () => {
      const server = SERVERS[engine]
      let current: (EngineDatabase & { close(): Promise<void> }) | undefined
      before(async function () {
        const reason = await unreachable(server)
        if (reason === undefined) return
        if (process.env.CI) throw new Error(`${engine} does not answer`, { cause: reason })
        this.skip()
      })
      beforeEach(async () => {
        current = await createDatabase(engine, server)
      })
      afterEach(async () => {
        await current?.close()
        current = undefined
      })
      suite(() => {
        if (!current) throw new Error('db() is for tests and hooks')
        return current
      })
    })
  }
}

/** A database beside the loop, for tests that need several engines at once; undefined where the server does not answer (an error where CI is set). */
export async function openEngineDatabase(engine: EngineName): Promise<(EngineDatabase & { close(): Promise<void> }) | undefined> {
  const reason = ENGINES.includes(engine) ? await unreachable(SERVERS[engine]) : 'left out'
  if (reason === undefined) return createDatabase(engine, SERVERS[engine])
  if (process.env.CI && reason !== 'left out') throw new Error(`${engine} does not answer`, { cause: reason })
  return undefined
}

async function createDatabase(engine: EngineName, server: Server): Promise<EngineDatabase & { close(): Promise<void> }> {
  const name = `ferry_test_${randomBytes(6).toString('hex')}`
  const config = await server.create(name)
  const opened: { target: Target; session: Session }[] = []
  const openAgain = async () => {
    const target = await openTarget({ config })
    const pair = { target, session: await target.openSession() }
    opened.push(pair)
    return pair
  }
  const { target, session } = await openAgain()
  return {
    engine,
    config,
    target,
    session,
    openAgain,
    async exec(sql) {
      for (const statement of sql.split(';')) if (statement.trim() !== '') await session.run(statement)
    },
    async close() {
      for (const pair of opened) {
        await pair.session.close()
        await pair.target.close()
      }
      await server.drop(name)
    },
  }
}

async function unreachable(server: Server): Promise<unknown> {
  const name = `ferry_probe_${randomBytes(6).toString('hex')}`
  try {
    await server.create(name)
    await server.drop(name)
    return undefined
  } catch (error) {
    return error
  }
}

const SERVERS: Readonly<Record<EngineName, Server>> = {
  sqlite: {
    async create(name) {
      const folder = await mkdtemp(join(tmpdir(), 'ferry-test-'))
      folders.set(name, folder)
      return { client: 'better-sqlite3', connection: { filename: join(folder, 'test.sqlite') }, useNullAsDefault: true }
    },
    async drop(name) {
      await rm(folders.get(name) ?? '', { recursive: true, force: true })
      folders.delete(name)
    },
  },
  postgres: {
    async create(name) {
      await ask({ client: 'pg', connection: `${POSTGRES}/postgres` }, `create database ${name} template template0 encoding 'UTF8'`)
      return { client: 'pg', connection: `${POSTGRES}/${name}`, pool: { min: 0, max: 5 } }
    },
    drop: (name) => ask({ client: 'pg', connection: `${POSTGRES}/postgres` }, `drop database ${name} with (force)`),
  },
  mysql: {
    async create(name) {
      await ask({ client: 'mysql2', connection: `${MYSQL}/mysql` }, `create database ${name} character set utf8mb4`)
      return { client: 'mysql2', connection: `${MYSQL}/${name}`, pool: { min: 0, max: 5 } }
    },
    drop: (name) => ask({ client: 'mysql2', connection: `${MYSQL}/mysql` }, `drop database ${name}`),
  },
}

const folders = new Map<string, string>()

async function ask(config: Knex.Config, sql: string): Promise<void> {
  const knex = createKnex({ ...config, pool: { min: 0, max: 1 }, acquireConnectionTimeout: 5_000 })
  try {
    await knex.raw(sql)
  } finally {
    await knex.destroy()
  }
}
