import { FerryError } from '../../core/errors.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import type { PostgresSession } from './postgres-session.ts'

/**
 * Tells whether a pooler in transaction mode stands between us and the server: the backend of our idle session then serves
 * somebody else's transaction. A second connection, outside Knex's pool, opens a transaction and asks for its backend.
 */
export async function detectPooler(session: PostgresSession): Promise<boolean> {
  const ours = await backendOf(session)
  // Poolers make up the process id of the greeting; without one it is the backend's own.
  if (session.processId === ours) return false
  let other: PostgresConnection | undefined
  try {
    other = (await session.knex.client.acquireRawConnection()) as PostgresConnection
    await other.query({ text: 'begin' })
    const answer = await other.query({ text: 'select pg_backend_pid()::text as pid' })
    const theirs = Number((answer.rows[0] as { pid: string }).pid)
    if (theirs === ours) return true
    return (await backendOf(session)) !== ours
  } catch {
    // No second connection to be had: a backend that changes between our own statements still tells.
    for (let asked = 0; asked < 10; asked += 1) if ((await backendOf(session)) !== ours) return true
    return false
  } finally {
    other?.connection?.stream?.destroy()
  }
}

/** @throws FERRY_TARGET_UNSUPPORTED behind a pooler in transaction mode */
export async function refusePooler(session: PostgresSession): Promise<void> {
  if (!(await detectPooler(session))) return
  throw new FerryError('FERRY_TARGET_UNSUPPORTED', 'the connection goes through a pooler in transaction mode', {
    hint: 'Connect to PostgreSQL itself (its own host and port), or to a pool in session mode: session settings and COPY need one backend.',
  })
}

async function backendOf(session: PostgresSession): Promise<number> {
  const [row] = await session.all<{ pid: number }>('select pg_backend_pid() as pid')
  return row?.pid ?? 0
}
