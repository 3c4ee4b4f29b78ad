import type { Position } from '../core/position.ts'
import type { Reject } from '../core/reject.ts'
import type { ResolvedMapping } from '../definition/transfer.ts'
import type { Batch, BatchItem } from '../extract/read-batches.ts'
import { listRejects, markLanded, type StoredReject } from '../state/rejects.ts'
import type { Session } from '../target/target.ts'

export interface RejectReading {
  /** The rejects as items, in source order; an element of an `each` list comes without the rest of its record. */
  readonly batches: AsyncIterable<Batch>
  /** Marks those of a batch that were not rejected again; inside the batch's transaction. */
  markLanded(session: Session, done: { readonly batch: Batch; readonly again: readonly Reject[]; readonly by: string }): Promise<void>
}

export interface ReadRejectsOptions {
  readonly rootId: string
  readonly mapping: ResolvedMapping
  /** load: open rejects of a record; patch: open links, and records that have just landed (their links are still open). */
  readonly kind: 'load' | 'patch'
  readonly after: Position
  /** Highest reject id that belongs to this retry. */
  readonly upTo: number
  /** Rejects a batch is made of at most; asked before each. */
  readonly batchRows: () => number
}

/** Ids of stored rejects by ordinal, for each batch handed out. */
type IdsOfBatch = WeakMap<Batch, Map<number, number[]>>

/** Reads the rejects of a run as a step's batches; the cursor is the id of the last one. */
export function readRejectBatches(session: () => Session, options: ReadRejectsOptions): RejectReading {
  const idsOf: IdsOfBatch = new WeakMap()
  return {
    batches: read(session, options, idsOf),
    markLanded: async (current, { batch, again, by }) => {
      const still = new Set(again.map(({ ordinal }) => ordinal))
      const landed = [...(idsOf.get(batch) ?? [])].flatMap(([ordinal, own]) => (still.has(ordinal) ? [] : own))
      await markLanded(current, options.rootId, { ids: landed, by })
    },
  }
}

async function* read(session: () => Session, options: ReadRejectsOptions, idsOf: IdsOfBatch): AsyncGenerator<Batch> {
  const { rootId, mapping, kind, upTo, batchRows } = options
  let { cursor: last, ordinal: count } = { cursor: Number(options.after.cursor ?? 0), ordinal: options.after.ordinal }
  for (;;) {
    const found = await listRejects(session(), rootId, { mapping: mapping.name, afterId: last, limit: batchRows() })
    const page = found.filter(({ id }) => id <= upTo)
    const end = page.at(-1)
    if (end === undefined) return
    const taken = page.filter((reject) => belongs(reject, kind))
    const ids = new Map<number, number[]>()
    for (const reject of taken) {
      if ((reject.stage === 'link') !== (kind === 'patch')) continue
      ids.set(reject.ordinal, [...(ids.get(reject.ordinal) ?? []), reject.id])
    }
    const items = [...new Map(taken.map((reject) => [reject.ordinal, toItem(reject, mapping)])).values()]
    last = end.id
    count += items.length
    const batch: Batch = { items, position: { cursor: last, taken: 0, item: 0, ordinal: count } }
    idsOf.set(batch, ids)
    yield batch
  }
}

function belongs(reject: StoredReject, kind: 'load' | 'patch'): boolean {
  if (kind === 'load') return reject.stage !== 'link' && reject.status === 'open'
  return reject.stage === 'link' ? reject.status === 'open' : reject.status === 'landed'
}

function toItem(reject: StoredReject, mapping: ResolvedMapping): BatchItem {
  const key = reject.key ?? `#${reject.ordinal}`
  const parentKey = reject.parentKey ?? key
  const whole = mapping.each.length === 0
  return {
    key,
    value: reject.value,
    ordinal: reject.ordinal,
    record: { key: whole ? key : parentKey, value: whole ? reject.value : undefined },
    parentKey,
    index: reject.index ?? 0,
    ...(reject.raw === undefined ? {} : { unreadable: { raw: reject.raw, reason: reject.reason } }),
  }
}
