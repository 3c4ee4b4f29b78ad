import type { Key } from '../core/record.ts'
import type { Reject } from '../core/reject.ts'
import type { ItemContext, ResolvedMapping } from '../definition/transfer.ts'
import type { BatchItem } from '../extract/read-batches.ts'
import { createReject, describeThrown, type Frame, isKey } from './frame.ts'

/** A frame, or why the item cannot be looked at. */
export type OpenFrame = (item: BatchItem) => Frame | Reject

export function isFrame(opened: Frame | Reject): opened is Frame {
  return 'item' in opened
}

/** Reads an item as far as its key: unreadable places, `decode`, the mapping's `key`. */
export function compileOpenFrame(mapping: ResolvedMapping): OpenFrame {
  const { decode, key: keyOf, each } = mapping
  const isRecord = each.length === 0
  return (item) => {
    if (item.unreadable !== undefined) {
      return createReject(mapping, item, { stage: 'extract', code: 'UNREADABLE', pointer: '', reason: item.unreadable.reason })
    }
    let value = item.value
    if (decode !== undefined && isRecord) {
      try {
        value = decode(value)
      } catch (error) {
        return createReject(mapping, item, { stage: 'extract', code: 'DECODE', pointer: '', reason: `decode ${describeThrown(error)}` })
      }
    }
    const record = isRecord ? value : item.record.value
    const frame = { item, value, key: item.key, record, recordKey: item.record.key, index: item.index }
    return keyOf === undefined ? frame : withKey(mapping, frame, keyOf)
  }
}

type KeyOf = (value: never, context: ItemContext) => Key

function withKey(mapping: ResolvedMapping, frame: Frame, keyOf: KeyOf): Frame | Reject {
  const { item } = frame
  try {
    const key: unknown = keyOf(frame.value as never, frame)
    if (isKey(key)) return { ...frame, key: mapping.each.length === 0 ? key : [item.parentKey, key] }
  } catch (error) {
    return createReject(mapping, item, { stage: 'transform', code: 'COMPUTE', pointer: '', reason: `key ${describeThrown(error)}` })
  }
  return createReject(mapping, item, {
    stage: 'transform',
    code: 'COMPUTE',
    pointer: '',
    reason: 'key gave no text, number or list of them',
  })
}
