import type { PostgresConnection } from './postgres-connection.ts'

/** `from` of pg-copy-streams: a writable stream that is also a query of pg. */
export type CopyFrom = (sql: string) => NodeJS.WritableStream

/** Loads pg-copy-streams on first use; undefined where it is not installed. */
export async function loadCopyFrom(): Promise<CopyFrom | undefined> {
  try {
    const loaded = await import('pg-copy-streams')
    return loaded.from
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** Sends the chunks through one COPY FROM STDIN; resolves when the server has taken all of them. @throws the driver's error */
export async function sendCopy(connection: PostgresConnection, stream: NodeJS.WritableStream, chunks: Iterable<Buffer>): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    stream.on('finish', resolve)
    stream.on('error', reject)
  })
  // Awaited below; this only keeps an error during the writes from counting as unhandled.
  done.catch(() => {})
  connection.query(stream)
  let first = true
  for (const chunk of chunks) {
    if (first) {
      first = false
      // Once the server is ready, it works on a chunk while the next is made; before, all of them would pile up here.
      await Promise.race([new Promise((resolve) => stream.write(chunk, resolve)), done])
    } else stream.write(chunk)
  }
  stream.end()
  await done
}
