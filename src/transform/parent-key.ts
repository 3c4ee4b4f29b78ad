import type { Key } from '../core/record.ts'
import type { ItemContext, ResolvedMapping } from '../definition/transfer.ts'
import type { Frame } from './frame.ts'

/**
 * The key of the row one `each` level up (or of the record's row), as the parent mapping makes it.
 * Functions of the definition may throw.
 */
export function compileParentKey(parent: ResolvedMapping): (frame: Frame) => Key {
  const { key: keyOf, each } = parent
  if (each.length === 0) {
    if (keyOf === undefined) return (frame) => frame.recordKey
    return (frame) => keyOf(frame.record as never, recordContext(frame))
  }
  if (keyOf === undefined) return (frame) => frame.item.parentKey
  return (frame) => {
    const { parentKey } = frame.item
    const found = findElement(frame, { parentKey, each })
    return [Array.isArray(parentKey) ? (parentKey[0] as Key) : frame.recordKey, keyOf(found.value as never, found.context)]
  }
}

function recordContext(frame: Frame): ItemContext {
  return { key: frame.recordKey, record: frame.record, recordKey: frame.recordKey, index: 0 }
}

/** Walks from the record down the parts of a nested key: `[[record, part], part]`. */
function findElement(
  frame: Frame,
  { parentKey, each }: { parentKey: Key; each: readonly string[] },
): { value: unknown; context: ItemContext } {
  const parts: Key[] = []
  let rest: Key = parentKey
  for (let level = each.length; level > 0 && typeof rest === 'object'; level -= 1) {
    const part: Key | undefined = rest[1]
    if (part !== undefined) parts.unshift(part)
    rest = rest[0] ?? ''
  }
  let value: unknown = frame.record
  let index = 0
  for (const [level, name] of each.entries()) {
    const list: unknown = name === '.' ? value : value instanceof Map ? value.get(name) : Reflect.get(Object(value), name)
    const part = parts[level]
    value = elementOf(list, part)
    index = typeof part === 'number' && Array.isArray(list) ? part : indexOf(list, part)
  }
  return { value, context: { key: parentKey, record: frame.record, recordKey: frame.recordKey, index } }
}

function elementOf(list: unknown, part: Key | undefined): unknown {
  if (list instanceof Map) return list.get(part)
  if (list instanceof Set) return part
  return part === undefined || typeof part === 'object' ? undefined : Reflect.get(Object(list), String(part))
}

function indexOf(list: unknown, part: Key | undefined): number {
  const names = list instanceof Map || list instanceof Set ? [...list.keys()] : Object.keys(Object(list))
  return Math.max(names.indexOf(part), 0)
}
