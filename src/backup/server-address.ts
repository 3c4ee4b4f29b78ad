import type { Target } from '../target/target.ts'

/** How to reach a server's database, password included: never printed, never on a command line. */
export interface ServerAddress {
  readonly host: string | undefined
  readonly port: string | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string
  readonly socket: string | undefined
  readonly ssl: boolean
}

/** Reads the address out of the Knex configuration, in each form that Knex takes. */
export async function readServerAddress(target: Target): Promise<ServerAddress> {
  const given: unknown = target.knex.client.config?.connection
  const told: unknown = typeof given === 'function' ? await given() : (target.knex.client.connectionSettings ?? given)
  const settings: object = typeof told === 'object' && told !== null ? told : {}
  const text = typeof told === 'string' ? told : (readText(settings, 'connectionString') ?? readText(settings, 'uri'))
  const parts = text === undefined ? {} : readUrl(text)
  const read = (...names: string[]) =>
    names.map((name) => readText(parts, name) ?? readText(settings, name)).find((found) => found !== undefined)
  const host = read('host', 'hostname', 'server')
  return {
    host,
    port: read('port'),
    user: read('user', 'username'),
    password: read('password'),
    database: read('database') ?? '',
    socket: read('socketPath'),
    ssl: Boolean(Reflect.get(settings, 'ssl')) || readText(parts, 'ssl') === 'true',
  }
}

function readText(from: object, name: string): string | undefined {
  // Not by own keys: Knex hides the password from enumeration.
  const value: unknown = Reflect.get(from, name)
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function readUrl(text: string): object {
  const url = new URL(text)
  const ssl = url.searchParams.get('ssl') === 'true' || /^(?:require|verify)/.test(url.searchParams.get('sslmode') ?? '')
  return {
    host: url.searchParams.get('host') ?? decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, '$1')),
    port: url.port,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    ssl: String(ssl),
  }
}
