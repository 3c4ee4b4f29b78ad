import type { PostgresConnection } from './postgres-connection.ts'

/** pg-copy-streams: streams that are also queries of pg. */
export interface CopyStreams {
  from(sql: string): NodeJS.WritableStream
  to(sql: string): NodeJS.ReadableStream
}

/** Loads it on first use; undefined where it is not installed. */
export async function loadCopyStreams(): Promise<CopyStreams | undefined> {
  try {
    const { from, to } = await import('pg-copy-streams')
    return { from, to }
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
