import type { Knex } from 'knex'
import type { EngineName } from './target.ts'

const PORTS: Readonly<Record<EngineName, string>> = { sqlite: '', postgres: '5432', mysql: '3306' }

/** The database without user, password or options: `sqlite:/app/garage.sqlite`, `postgres://127.0.0.1:5432/garage`. */
export function renderTargetLabel(engine: EngineName, config: Knex.Config): string {
  if (engine === 'sqlite') return `sqlite:${readSqliteFile(config) ?? ':memory:'}`
  const facts = readServerFacts(config.connection)
  const place = facts.socket ?? `${facts.host ?? '127.0.0.1'}:${facts.port ?? PORTS[engine]}`
  return `${engine}://${place}/${facts.database ?? ''}`
}

/** Path of the file, `:memory:`, or undefined where the configuration does not say it. */
export function readSqliteFile(config: Knex.Config): string | undefined {
  const { connection } = config
  if (typeof connection === 'string') return connection === '' ? ':memory:' : connection
  if (typeof connection !== 'object' || connection === null) return undefined
  const filename: unknown = Reflect.get(connection, 'filename')
  return typeof filename === 'string' ? filename : undefined
}

interface ServerFacts {
  host?: string
  port?: string
  database?: string
  socket?: string
}

function readServerFacts(connection: unknown): ServerFacts {
  if (typeof connection === 'string') return readAddress(connection)
  if (typeof connection !== 'object' || connection === null) return {}
  const read = (name: string) => {
    const value: unknown = Reflect.get(connection, name)
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
  }
  const address = read('connectionString') ?? read('uri')
  if (address !== undefined) return readAddress(address)
  return withoutAbsent({ host: read('host'), port: read('port'), database: read('database'), socket: read('socketPath') })
}

function readAddress(address: string): ServerFacts {
  try {
    const { hostname, port, pathname } = new URL(address)
    return withoutAbsent({ host: hostname || undefined, port: port || undefined, database: pathname.slice(1) || undefined })
  } catch {
    // Not an address we can take apart, so nothing of it is shown: it may hold a password.
    return {}
  }
}

function withoutAbsent(facts: Partial<Record<keyof ServerFacts, string | undefined>>): ServerFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}
