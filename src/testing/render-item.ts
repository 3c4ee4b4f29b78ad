import { renderKey } from '../core/canonical-value.ts'
import { type Item, isReadable } from '../core/record.ts'
import { encodeValue } from '../snapshot/encode-value.ts'

/** An item as text that tells types apart: equal texts mean equal items. */
export function renderItem(item: Item): string {
  const key = item.key === undefined ? '' : renderKey(item.key)
  return isReadable(item) ? `${key} ${encodeValue(item.value)}` : `${key} ${JSON.stringify(item.unreadable)}`
}
