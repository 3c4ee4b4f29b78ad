import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A PostgreSQL pooler in transaction mode: between transactions a client has no backend of its own. */
export interface TransactionPooler {
  readonly port: number
  close(): Promise<void>
}

const READY = 'Z'.charCodeAt(0)
const IDLE = 'I'.charCodeAt(0)

/** Listens on a free port, for one database of a server that trusts us. */
export async function openTransactionPooler(upstream: {
  host: string
  port: number
  user: string
  database: string
}): Promise<TransactionPooler> {
  const idle: Backend[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => {})
    let backend: Backend | undefined
    let greeted = false
    let queue = Promise.resolve()
    const serve = async (chunk: Buffer) => {
      if (!greeted) {
        greeted = true
        client.write(greeting())
        return
      }
      if (chunk[0] === 'X'.charCodeAt(0)) {
        client.end()
        return
      }
      backend ??= idle.pop() ?? (await openBackend(upstream))
      const current = backend
      sockets.add(current.socket)
      current.answer = (data, free) => {
        client.write(data)
        if (!free || backend !== current) return
        backend = undefined
        idle.push(current)
      }
      current.socket.write(chunk)
    }
    client.on('data', (chunk) => {
      queue = queue
        .then(() => serve(chunk))
        .catch(() => {
          client.destroy()
        })
    })
    client.on('close', () => backend?.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      for (const { socket } of idle) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Backend {
  readonly socket: Socket
  /** Gets what the server says; `free` after ReadyForQuery outside a transaction. */
  answer: (data: Buffer, free: boolean) => void
}

function openBackend(upstream: { host: string; port: number; user: string; database: string }): Promise<Backend> {
  return new Promise((resolve, reject) => {
    const socket = connect(upstream.port, upstream.host)
    const backend: Backend = { socket, answer: (_, free) => free && resolve(backend) }
    socket.on('error', reject)
    socket.write(startup(upstream))
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (data) => {
      rest = Buffer.concat([rest, data])
      let free = false
      let at = 0
      while (rest.length >= at + 5 && rest.length >= at + 1 + rest.readInt32BE(at + 1)) {
        free = rest[at] === READY && rest[at + 5] === IDLE
        at += 1 + rest.readInt32BE(at + 1)
      }
      rest = rest.subarray(at)
      backend.answer(data, free)
    })
  })
}

function startup({ user, database }: { user: string; database: string }): Buffer {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0${database}\0\0`, 'latin1')
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([length, body])
}

/** AuthenticationOk, a made-up BackendKeyData, ReadyForQuery. */
function greeting(): Buffer {
  return Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x4b, 0, 0, 0, 12, 0x7f, 0, 0, 1, 1, 2, 3, 4, 0x5a, 0, 0, 0, 5, IDLE])
}
