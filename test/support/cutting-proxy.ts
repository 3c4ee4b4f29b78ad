import { createConnection, createServer, type Socket } from 'node:net'
import type { Knex } from 'knex'

/** `sent`: the COMMIT never reaches the server; `answered`: the server committed, and its answer never reaches us. */
export type CutMoment = 'sent' | 'answered'

/** A TCP proxy before a database server that cuts connections at COMMIT. */
export interface CuttingProxy {
  /** The configuration with the proxy's address in place of the server's. */
  readonly config: Knex.Config
  /** Cuts the connection that sends the n-th COMMIT from now on (1: the next). */
  cutAt(commit: number, moment: CutMoment): void
  /** Cuts made so far. */
  cuts(): number
  close(): Promise<void>
}

/** Listens on a free port; `config.connection` must be a URL. */
export async function openCuttingProxy(config: Knex.Config): Promise<CuttingProxy> {
  const url = new URL(String(config.connection))
  const address = { host: url.hostname, port: Number(url.port || (url.protocol === 'mysql:' ? 3306 : 5432)) }
  const plan: { left: number; moment: CutMoment; cuts: number } = { left: 0, moment: 'sent', cuts: 0 }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = createConnection(address)
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    let doomed = false
    const cut = () => {
      plan.cuts += 1
      client.destroy()
      upstream.destroy()
    }
    client.on('data', (chunk) => {
      if (plan.left > 0 && holdsCommit(chunk)) {
        plan.left -= 1
        doomed = plan.left === 0
      }
      if (doomed && plan.moment === 'sent') cut()
      else upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (doomed) cut()
      else client.write(chunk)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  url.hostname = '127.0.0.1'
  url.port = String(typeof bound === 'object' && bound !== null ? bound.port : 0)
  return {
    config: { ...config, connection: url.href },
    cutAt(commit, moment) {
      plan.left = commit
      plan.moment = moment
    },
    cuts: () => plan.cuts,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** PostgreSQL: a text ended by NUL, after the statement's empty name or the message's length of 11; MySQL: the packet's rest after the command byte 3. */
function holdsCommit(chunk: Buffer): boolean {
  const at = chunk.indexOf('commit')
  if (at < 1) return false
  return [0, 3, 11].includes(chunk[at - 1] ?? -1) && (chunk[at + 6] ?? 0) === 0
}
