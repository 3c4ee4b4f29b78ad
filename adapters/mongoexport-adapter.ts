import { type CollectionInfo, type Item, isReadable, isSimpleKey, type Page, type ReadOptions, type SourceAdapter } from '../src/adapter.ts'
import { NdjsonAdapter } from './ndjson-adapter.ts'

/**
 * Reads what `mongoexport` writes: one document a line, in extended JSON (https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/).
 * The key is `_id`; an ObjectId is its 24 hex digits. Dates become Date, longs numbers or bigints, decimals text, binaries Buffer;
 * a form that is none of these, or does not hold what it should, stays as it stands in the file.
 * `path`: a file, or a folder of `.ndjson[.gz]` files. Errors as in NdjsonAdapter.
 */
export class MongoexportAdapter implements SourceAdapter {
  readonly name = 'mongoexport'
  readonly volatile = false
  readonly #lines: NdjsonAdapter

  constructor(options: { readonly path: string }) {
    this.#lines = new NdjsonAdapter(options)
  }

  async describe(): Promise<readonly CollectionInfo[]> {
    return (await this.#lines.describe()).map(({ name }) => ({ name, kind: 'map' }))
  }

  fingerprint(): Promise<string> {
    return this.#lines.fingerprint()
  }

  async *read(collection: string, options: ReadOptions = {}): AsyncGenerator<Page> {
    for await (const { items, cursor } of this.#lines.read(collection, options)) yield { items: items.map(toDocument), cursor }
  }

  close(): Promise<void> {
    return this.#lines.close()
  }
}

function toDocument(item: Item): Item {
  if (!isReadable(item)) return item
  const value = fromExtended(item.value)
  const id: unknown = typeof value === 'object' && value !== null && Object.hasOwn(value, '_id') ? Reflect.get(value, '_id') : undefined
  if (isSimpleKey(id)) return { key: id, value }
  return {
    unreadable: { raw: JSON.stringify(item.value, widened).slice(0, 65_536), reason: 'its _id is absent, or no text, number or ObjectId' },
  }
}

function widened(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function fromExtended(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(fromExtended)
  const names = Object.keys(value)
  const [first] = names
  if (names.length === 1 && first?.startsWith('$')) {
    const content: unknown = Reflect.get(value, first)
    return fromTag(first, content) ?? value
  }
  for (const name of names) {
    const member: unknown = Reflect.get(value, name)
    const real = fromExtended(member)
    if (real !== member) Object.defineProperty(value, name, { value: real, enumerable: true, configurable: true, writable: true })
  }
  return value
}

/** undefined: not a form we know, or not with such a content. */
function fromTag(tag: string, content: unknown): unknown {
  if (tag === '$oid') return typeof content === 'string' ? content : undefined
  if (tag === '$date') return toDate(content)
  if (tag === '$numberLong' || tag === '$numberInt') return toInteger(content)
  if (tag === '$numberDouble') return typeof content === 'string' ? Number(content) : undefined
  if (tag === '$numberDecimal') return typeof content === 'string' ? content : undefined
  if (tag !== '$binary' || typeof content !== 'object' || content === null || !('base64' in content)) return undefined
  return typeof content.base64 === 'string' ? Buffer.from(content.base64, 'base64') : undefined
}

function toInteger(content: unknown): number | bigint | undefined {
  if (typeof content !== 'string' || !/^-?\d{1,19}$/.test(content)) return undefined
  return Number.isSafeInteger(Number(content)) ? Number(content) : BigInt(content)
}

/** Older versions write offsets without a colon, which Date does not promise to read. */
function toDate(content: unknown): Date | undefined {
  const ms = typeof content === 'object' && content !== null && '$numberLong' in content ? toInteger(content.$numberLong) : content
  const text = typeof ms === 'string' ? ms.replace(/([+-]\d\d)(\d\d)$/, '$1:$2') : ms
  const isZoned = typeof text === 'number' || (typeof text === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text))
  const date = isZoned ? new Date(text) : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date
}
