import { readFileSync } from 'node:fs'
import { hostname, uptime } from 'node:os'
import { FerryError } from '../core/errors.ts'
import type { Session } from '../target/target.ts'

/** Proof of ownership of a run; every takeover raises the token, so an older holder's commits fail. */
export interface Lease {
  readonly runId: string
  readonly token: number
  readonly owner: string
}

/** `host/boot id/pid/process start time`: two processes never share one. */
export function ownerName(): string {
  return [hostname(), bootId(), process.pid, startOf(process.pid) ?? ownStart()].join('/')
}

/** On this host: whether the process that an owner name tells of is still there; undefined for another host. */
export function isOwnerAlive(owner: string): boolean | undefined {
  const [host, boot, pidText, start] = owner.split('/')
  const pid = Number(pidText)
  if (host !== hostname() || boot === undefined || !Number.isInteger(pid) || pid <= 0) return undefined
  if (!isSameBoot(boot)) return false
  if (!isRunning(pid)) return false
  const startNow = startOf(pid) ?? (pid === process.pid ? ownStart() : undefined)
  // Where the system does not tell a process's start, a pid that lives is taken for the owner: expiry decides.
  return startNow === undefined || startNow === start
}

/**
 * Takes the run: raises the token where the lease is free, expired by the database's clock, or held by a process that is dead on this very host;
 * or where it still is the lease `from`, whose holder comes back over another connection. Its own short transaction.
 * @throws FERRY_RUN_OWNED naming the live owner; FERRY_RUN_NOT_FOUND
 */
export async function takeLease(session: Session, runId: string, options: { owner: string; ttlMs: number; from?: Lease }): Promise<Lease> {
  await session.begin()
  try {
    const token = await takeToken(session, runId, options)
    await session.commit()
    return { runId, token, owner: options.owner }
  } catch (error) {
    await session.rollback()
    throw error
  }
}

async function takeToken(session: Session, runId: string, options: { owner: string; ttlMs: number; from?: Lease }): Promise<number> {
  const now = `(${session.dialect.nowMs})`
  const [found] = await session.all<{ lease_token: number; lease_owner: string | null; lease_expires_at: number | null; now_ms: number }>(
    `SELECT lease_token, lease_owner, lease_expires_at, ${now} AS now_ms FROM ferry_runs WHERE id = ? ${session.dialect.forUpdate}`,
    [runId],
  )
  if (!found) {
    throw new FerryError('FERRY_RUN_NOT_FOUND', `there is no run ${runId} in this database`, {
      hint: '`ferry status` names the newest run.',
    })
  }
  const { lease_token: token, lease_owner: holder, lease_expires_at: expiresAt } = found
  // `>=`: the answer to our last takeover may have been lost as well.
  const ours = options.from !== undefined && holder === options.from.owner && Number(token) >= options.from.token
  const free = ours || holder === null || expiresAt === null || Number(expiresAt) <= Number(found.now_ms) || isOwnerAlive(holder) === false
  if (!free) throw ownedError(runId, holder)
  const changed = await session.run(
    `UPDATE ferry_runs SET lease_token = lease_token + 1, lease_owner = ?, lease_expires_at = ${now} + ${Math.trunc(options.ttlMs)},
       lease_beat = lease_beat + 1, updated_at = ${now}
     WHERE id = ? AND lease_token = ?`,
    [options.owner, runId, token],
  )
  if (changed !== 1) throw ownedError(runId, 'another process that came first')
  return Number(token) + 1
}

/**
 * Extends the expiry to now + ttlMs; conditional on token and owner. The last statement before COMMIT of every batch.
 * @throws FERRY_RUN_FENCED
 */
export async function holdLease(session: Session, lease: Lease, ttlMs: number): Promise<void> {
  const now = `(${session.dialect.nowMs})`
  // lease_beat makes the row change even within one millisecond: MySQL counts changed rows, not found ones.
  const changed = await session.run(
    `UPDATE ferry_runs SET lease_expires_at = ${now} + ${Math.trunc(ttlMs)}, lease_beat = lease_beat + 1, updated_at = ${now}
     WHERE id = ? AND lease_token = ? AND lease_owner = ?`,
    [lease.runId, lease.token, lease.owner],
  )
  if (changed === 1) return
  throw new FerryError('FERRY_RUN_FENCED', `run ${lease.runId} was taken over by another process (our token ${lease.token} has moved on)`, {
    hint: 'Nothing of this batch was written. Let the new owner finish; `ferry status` names it.',
  })
}

/** Gives the run free (owner and expiry NULL); does nothing when the token has moved on. */
export async function dropLease(session: Session, lease: Lease): Promise<void> {
  await session.run(
    'UPDATE ferry_runs SET lease_owner = NULL, lease_expires_at = NULL, lease_beat = lease_beat + 1 WHERE id = ? AND lease_token = ? AND lease_owner = ?',
    [lease.runId, lease.token, lease.owner],
  )
}

function ownedError(runId: string, holder: string): FerryError {
  return new FerryError('FERRY_RUN_OWNED', `run ${runId} is held by ${holder}`, {
    hint: 'Wait until it ends, or ask it to stop with `ferry pause`; a dead owner is taken over without any unlocking.',
  })
}

/** Linux: the kernel's id of this boot. Elsewhere the moment of the boot in seconds, which uptime gives to within a second or so. */
function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id') ?? `at${Math.round(Date.now() / 1000 - uptime())}`
}

function isSameBoot(boot: string): boolean {
  const own = bootId()
  if (!own.startsWith('at') || !boot.startsWith('at')) return own === boot
  return Math.abs(Number(own.slice(2)) - Number(boot.slice(2))) <= 60
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there but belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Start of a process in clock ticks since boot, field 22 of /proc/<pid>/stat (proc(5)); the name in field 2 may hold spaces and brackets. */
function startOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

/** Where /proc is absent: our own start in seconds. */
function ownStart(): string {
  return `at${Math.round(performance.timeOrigin / 1000)}`
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
