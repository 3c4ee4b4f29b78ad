import { renderKey } from '../core/canonical-value.ts'
import { FerryError } from '../core/errors.ts'
import type { Key } from '../core/record.ts'
import type { Reject } from '../core/reject.ts'
import type { Session } from '../target/target.ts'
import { chunksOf, listSize, placeholders } from './chunks.ts'
import { keyHash } from './key-hash.ts'
import { fromReject, REJECT_COLUMNS, type StoredReject, toReject } from './reject-row.ts'

export type { StoredReject }

/** Inserts the rejects of one batch, inside its transaction. Ids count up within the run, in the order given. */
export async function insertRejects(session: Session, runId: string, step: number, rejects: readonly Reject[]): Promise<void> {
  if (rejects.length === 0) return
  const [last] = await session.all<{ id: number | null }>('SELECT MAX(id) AS id FROM ferry_rejects WHERE run_id = ?', [runId])
  const first = Number(last?.id ?? 0) + 1
  await session.insertRows(
    'ferry_rejects',
    REJECT_COLUMNS,
    rejects.map((reject, at) => toReject(reject, [runId, BigInt(first + at), BigInt(step)])),
  )
}

export interface RejectFilter {
  readonly mapping?: string
  readonly code?: string
  readonly status?: 'open' | 'landed'
  /** Ids after this one. */
  readonly afterId?: number
  readonly limit?: number
}

/** In id order (source order within a step). @throws FERRY_STATE_CORRUPT */
export async function listRejects(session: Session, runId: string, filter: RejectFilter = {}): Promise<readonly StoredReject[]> {
  const { mapping, code, status, afterId, limit } = filter
  const asked = [
    ['mapping = ?', mapping],
    ['code = ?', code],
    ['status = ?', status],
    ['id > ?', afterId === undefined ? undefined : BigInt(afterId)],
  ] as const
  const where = ['run_id = ?', ...asked.filter(([, value]) => value !== undefined).map(([sql]) => sql)].join(' AND ')
  const bindings = [runId, ...asked.flatMap(([, value]) => (value === undefined ? [] : [value]))]
  const most = limit === undefined ? '' : ` LIMIT ${Math.trunc(limit)}`
  const found = await session.all(`SELECT ${REJECT_COLUMNS.join(', ')} FROM ferry_rejects WHERE ${where} ORDER BY id${most}`, bindings)
  return found.map(fromReject)
}

/** @throws FERRY_RUN_NOT_FOUND for an unknown id */
export async function readReject(session: Session, runId: string, id: number): Promise<StoredReject> {
  const found = Number.isSafeInteger(id) ? await listRejects(session, runId, { afterId: id - 1, limit: 1 }) : []
  if (found[0]?.id === id) return found[0]
  throw new FerryError('FERRY_RUN_NOT_FOUND', `run ${runId} has no reject ${id}`, { hint: '`ferry rejects` lists their ids.' })
}

export interface RejectGroup {
  readonly mapping: string
  readonly stage: string
  readonly code: string
  readonly pointer: string
  readonly count: number
  /** Up to three keys, as text. */
  readonly samples: readonly string[]
  readonly reason: string
}

/** Grouped by mapping, stage, code, pointer; most first. Landed ones are left out. */
export async function groupRejects(session: Session, runId: string): Promise<readonly RejectGroup[]> {
  const groups = await session.all<{ mapping: string; stage: string; code: string; pointer: string; amount: number }>(
    `SELECT mapping, stage, code, pointer, COUNT(*) AS amount, MIN(id) AS first_id FROM ferry_rejects
     WHERE run_id = ? AND status = 'open' GROUP BY mapping, stage, code, pointer ORDER BY COUNT(*) DESC, MIN(id)`,
    [runId],
  )
  const described: RejectGroup[] = []
  for (const { mapping, stage, code, pointer, amount } of groups) {
    const samples = await session.all<{ key_text: string | null; reason: string }>(
      `SELECT key_text, reason FROM ferry_rejects
       WHERE run_id = ? AND status = 'open' AND mapping = ? AND stage = ? AND code = ? AND pointer = ? ORDER BY id LIMIT 3`,
      [runId, mapping, stage, code, pointer],
    )
    const keys = samples.flatMap((sample) => (sample.key_text === null ? [] : [sample.key_text]))
    described.push({ mapping, stage, code, pointer, count: Number(amount), samples: keys, reason: samples[0]?.reason ?? '' })
  }
  return described
}

/** Which of the keys stand rejected in a mapping (load stage or before; links do not count), for PARENT_REJECTED. Answers as renderKey texts. */
export async function findRejected(
  session: Session,
  runIds: readonly string[],
  mapping: string,
  keys: readonly Key[],
): Promise<ReadonlySet<string>> {
  const asked = new Set(keys.map(renderKey))
  const rejected = new Set<string>()
  if (runIds.length === 0) return rejected
  const hashes = [...new Set([...asked].map(keyHash))]
  for (const chunk of chunksOf(hashes, listSize(session.dialect, 1, runIds.length + 1))) {
    const found = await session.all<{ key_text: string }>(
      `SELECT key_text FROM ferry_rejects
       WHERE run_id IN (${placeholders(runIds.length)}) AND mapping = ? AND key_hash IN (${placeholders(chunk.length)})
         AND stage <> 'link' AND status = 'open'`,
      [...runIds, mapping, ...chunk],
    )
    for (const { key_text: text } of found) if (asked.has(text)) rejected.add(text)
  }
  return rejected
}

/** Marks rejects as landed, inside the retry batch's transaction. */
export async function markLanded(
  session: Session,
  runId: string,
  landed: { readonly ids: readonly number[]; readonly by: string },
): Promise<void> {
  for (const chunk of chunksOf(landed.ids.map(BigInt), listSize(session.dialect, 1, 2))) {
    const where = `run_id = ? AND id IN (${placeholders(chunk.length)})`
    await session.run(`UPDATE ferry_rejects SET status = 'landed', landed_by = ? WHERE ${where}`, [landed.by, runId, ...chunk])
  }
}

/** Opens again what a retry had landed, inside the transaction that ends its rollback. */
export async function reopenRejects(session: Session, runId: string, retryId: string): Promise<void> {
  await session.run("UPDATE ferry_rejects SET status = 'open', landed_by = NULL WHERE run_id = ? AND landed_by = ?", [runId, retryId])
}

/** Ordinals between two, both included, whose items were rejected on their way into the table (links do not count). */
export async function findRejectedOrdinals(
  session: Session,
  runId: string,
  items: { readonly mapping: string; readonly from: number; readonly to: number },
): Promise<ReadonlySet<number>> {
  const found = await session.all<{ item_ordinal: number }>(
    `SELECT item_ordinal FROM ferry_rejects
     WHERE run_id = ? AND mapping = ? AND stage <> 'link' AND status = 'open' AND item_ordinal BETWEEN ? AND ?`,
    [runId, items.mapping, BigInt(items.from), BigInt(items.to)],
  )
  return new Set(found.map(({ item_ordinal: ordinal }) => Number(ordinal)))
}
