import type { Key } from '../core/record.ts'
import type { Reject, RejectStage } from '../core/reject.ts'
import type { ItemContext, ResolvedMapping } from '../definition/transfer.ts'
import type { BatchItem } from '../extract/read-batches.ts'

/** One item on its way: what columns and functions of the definition see. */
export interface Frame extends ItemContext {
  readonly item: BatchItem
  /** The item, decoded. */
  readonly value: unknown
  /** The key references find the row by: after the mapping's `key`. */
  readonly key: Key
}

export interface Cause {
  readonly stage: RejectStage
  readonly code: string
  readonly pointer: string
  readonly reason: string
  /** Default true. */
  readonly budgeted?: boolean
}

/** The reject of an item, with its whole value as the source has it. */
export function createReject(mapping: ResolvedMapping, item: BatchItem, cause: Cause & { readonly key?: Key }): Reject {
  return {
    mapping: mapping.name,
    ordinal: item.ordinal,
    key: cause.key ?? (item.unreadable !== undefined && Array.isArray(item.key) && item.key.length === 0 ? undefined : item.key),
    stage: cause.stage,
    code: cause.code,
    pointer: cause.pointer,
    reason: cause.reason,
    budgeted: cause.budgeted ?? true,
    ...(item.unreadable === undefined ? { value: item.value } : { raw: item.unreadable.raw }),
    ...(mapping.each.length === 0 ? {} : { parentKey: item.parentKey, index: item.index }),
  }
}

/** What a function of the definition threw, in a sentence; its message may hold values, so only its name is told. */
export function describeThrown(error: unknown): string {
  return error instanceof Error ? `threw ${error.name}` : 'threw'
}

/** A member path as a JSON pointer (RFC 6901). */
export function toPointer(path: readonly string[]): string {
  return path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Tells whether a value can be a key; a number must be finite. */
export function isKey(value: unknown): value is Key {
  if (typeof value === 'string' || typeof value === 'bigint') return true
  if (typeof value === 'number') return Number.isFinite(value)
  return Array.isArray(value) && value.length > 0 && value.every(isKey)
}
