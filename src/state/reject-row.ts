import { parseKey, renderKey } from '../core/canonical-value.ts'
import { FerryError } from '../core/errors.ts'
import type { Reject, RejectStage } from '../core/reject.ts'
import type { Row, SqlValue } from '../core/row.ts'
import { decodeValue } from '../snapshot/decode-value.ts'
import { encodeValue } from '../snapshot/encode-value.ts'
import { keyHash } from './key-hash.ts'

/** A reject as stored; `status` moves to `landed` when a retry brought it in. The value is kept in the snapshot's value encoding (Dates, Maps, BigInts survive). */
export interface StoredReject extends Reject {
  readonly id: number
  readonly runId: string
  readonly step: number
  readonly status: 'open' | 'landed'
}

/** Columns of ferry_rejects, in the order of `toReject`. */
export const REJECT_COLUMNS: readonly string[] = [
  'run_id',
  'id',
  'step_no',
  'mapping',
  'item_ordinal',
  'key_hash',
  'key_text',
  'stage',
  'code',
  'pointer',
  'reason',
  'budgeted',
  'value_text',
  'raw_text',
  'parent_key',
  'item_index',
  'status',
]

const STAGES: readonly RejectStage[] = ['extract', 'validate', 'transform', 'reference', 'load', 'link']

/** The row of ferry_rejects for a reject; `place`: run id, id, step. */
export function toReject(reject: Reject, place: readonly [string, bigint, bigint]): Row {
  const keyText = reject.key === undefined ? null : renderKey(reject.key)
  return [
    ...place,
    reject.mapping,
    BigInt(reject.ordinal),
    keyText === null ? null : keyHash(keyText),
    keyText,
    reject.stage,
    reject.code,
    reject.pointer,
    reject.reason,
    reject.budgeted ? 1n : 0n,
    'value' in reject ? encodeValue(reject.value) : null,
    reject.raw ?? null,
    reject.parentKey === undefined ? null : renderKey(reject.parentKey),
    reject.index === undefined ? null : BigInt(reject.index),
    'open',
  ]
}

/** The reject a row of ferry_rejects holds. @throws FERRY_STATE_CORRUPT */
export function fromReject(found: Record<string, SqlValue>): StoredReject {
  try {
    const { key_text: keyText, value_text: value, raw_text: raw, parent_key: parentKey, item_index: index } = found
    return {
      id: Number(found.id),
      runId: String(found.run_id),
      step: Number(found.step_no),
      status: found.status === 'landed' ? 'landed' : 'open',
      mapping: String(found.mapping),
      ordinal: Number(found.item_ordinal),
      key: typeof keyText === 'string' ? parseKey(keyText) : undefined,
      stage: toStage(found.stage),
      code: String(found.code),
      pointer: String(found.pointer),
      reason: String(found.reason),
      budgeted: Number(found.budgeted) === 1,
      ...(typeof value === 'string' && { value: decodeValue(value) }),
      ...(typeof raw === 'string' && { raw }),
      ...(typeof parentKey === 'string' && { parentKey: parseKey(parentKey) }),
      ...(index !== null && index !== undefined && { index: Number(index) }),
    }
  } catch (cause) {
    throw new FerryError('FERRY_STATE_CORRUPT', `reject ${String(found.id)} of run ${String(found.run_id)} cannot be read`, {
      hint: 'Somebody edited the ferry_* tables; restore the database from its backup.',
      cause,
    })
  }
}

function toStage(text: SqlValue | undefined): RejectStage {
  const stage = STAGES.find((name) => name === text)
  if (stage === undefined) throw new SyntaxError('not a stage')
  return stage
}
