import type { Reject } from '../core/reject.ts'
import type { ColumnSpec, ResolvedMapping, ResolvedTransfer } from '../definition/transfer.ts'
import { suggestDate } from './suggest-date.ts'

/** Rejects of one cause. */
export interface Cause {
  /** Some of the values at the pointer. */
  readonly values: readonly unknown[]
  /** How many rejects there are, of how many items of the mapping. */
  readonly count: number
  readonly items: number
}

interface Case extends Cause {
  readonly mapping: ResolvedMapping | undefined
  /** `spots.created_at`, or the pointer where no column is known. */
  readonly place: string
  readonly reject: Reject
}

/** An edit of the definition that would mend a group of rejects; '' where none can be proposed. `reject`: the first of them. */
export function suggestEdit(transfer: ResolvedTransfer, reject: Reject, cause: Cause): string {
  const mapping = transfer.mappings.find(({ name }) => name === reject.mapping)
  const column = mapping === undefined ? undefined : columnAt(mapping, reject.pointer)
  const place = column === undefined ? `mapping ${reject.mapping}${reject.pointer}` : `${reject.mapping}.${column}`
  return SUGGESTIONS[reject.code]?.({ ...cause, mapping, place, reject }) ?? ''
}

const SUGGESTIONS: Readonly<Record<string, (found: Case) => string>> = {
  ABSENT: ({ place }) => `${place}: declare .optional() if it may be absent; the column must allow NULL`,
  NOT_NULL: ({ place }) => `${place}: the column refuses NULL; drop .optional(), or let the column allow NULL`,
  TYPE: suggestType,
  ENUM: ({ place, values }) => `${place}: add to .oneOf({ … }): ${distinctTexts(values)}`,
  LENGTH: ({ place, values }) =>
    `${place}: widen the column to ${longest(values)} in a migration, or declare .text({ truncate: <characters> })`,
  PRECISION: ({ place }) => `${place}: widen the column, or declare the rounding: .decimal({ scale: <digits>, round: 'half-even' })`,
  RANGE: suggestRange,
  DATE_INVALID: (found) => suggestDate({ ...found, kind: kindAt(found) }),
  DATE_ZONE: ({ place }) => `${place}: the texts name no zone; declare it: .timestamp({ zone: 'UTC' })`,
  DATE_AMBIGUOUS: ({ place }) => `${place}: a clock change makes two instants of one text; declare .timestamp({ ambiguous: 'earlier' })`,
  MISSING_REFERENCE: ({ place }) =>
    `${place}: declare { missing: 'null' } and .optional() to keep the record without its link, or allow the rejects with maxRejects`,
  MISSING_LOOKUP: ({ place }) => `${place}: seed the looked-up table first, or declare { missing: 'null' } and .optional()`,
  UNIQUE: ({ mapping }) => `${mapping?.name}: declare conflict: 'skip' or 'upsert', or leave the repeats out by where`,
  PRIMARY_KEY: ({ mapping }) =>
    `${mapping?.name}: two items, or an item and a row, have one primary key; declare conflict: 'skip' or 'upsert'`,
  FOREIGN_KEY: ({ mapping }) => `${mapping?.name}: fill the column by reference(), so that a missing parent falls under a policy`,
  AFFINITY: ({ place }) => `${place}: the column would change the value; make it TEXT in a migration, or declare another kind`,
  ENCODING: ({ place, reject: { reason } }) =>
    reason.includes('character set')
      ? `${place}: give the column a character set that holds the text in a migration (utf8mb4)`
      : `${place}: the text holds U+0000 or half a surrogate pair; store it by .bytes() or clean it in computed()`,
  NEGATIVE_ZERO: ({ place }) => `${place}: the column cannot keep -0; turn it into 0 in computed() if that is meant`,
  NOT_FINITE: ({ place }) => `${place}: NaN and Infinity cannot be stored as numbers; give null in computed() and declare .optional()`,
  SCHEMA: ({ mapping, reject }) =>
    `${mapping?.name}: the schema refuses ${reject.pointer || 'the record'}; widen the schema, or allow the rejects`,
  DECODE: ({ mapping }) => `${mapping?.name}: the value is not the text that decode expects`,
}

/** The column that reads the pointed member. */
function columnAt(mapping: ResolvedMapping, pointer: string): string | undefined {
  const found = Object.entries(mapping.columns).find(([, spec]) => pointer !== '' && pointerOf(spec) === pointer)
  return found?.[0]
}

function pointerOf({ origin }: ColumnSpec): string | undefined {
  if (origin.from !== 'field' && origin.from !== 'item') return undefined
  return origin.path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function kindAt({ mapping, place }: Pick<Case, 'mapping' | 'place'>): string | undefined {
  return mapping?.columns[place.slice(mapping.name.length + 1)]?.convert?.kind
}

function suggestRange(found: Case): string {
  const wide = found.values.some((value) => typeof value === 'bigint' || (typeof value === 'number' && !Number.isSafeInteger(value)))
  if (kindAt(found) !== 'integer' || !wide) return `${found.place}: widen the column's type in a migration (bigint, decimal)`
  return `${found.place}: declare .bigint(), and let the source hold BigInt or text: a number above 2^53 has lost its last digits already`
}

function suggestType({ mapping, place, values }: Case): string {
  const kind = kindAt({ mapping, place })
  const texts = values.filter((value) => typeof value === 'string')
  const numeric = texts.length > 0 && texts.every((text) => /^-?\d+(\.\d+)?$/.test(text))
  if (numeric && (kind === 'integer' || kind === 'bigint' || kind === 'float' || kind === 'decimal')) {
    return `${place}: the values are numbers as text; declare .${kind}({ parse: true })`
  }
  if (kind === 'boolean') return `${place}: declare .boolean({ parse: true }) to read 0/1 and words`
  if (kind === 'timestamp' && values.every((value) => typeof value === 'number'))
    return `${place}: the values are numbers; declare .timestamp({ epoch: 'ms' }) or 's'`
  const found = [...new Set(values.map((value) => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value)))]
  const written = kind === 'text' && found.join() === 'number' ? ', or write them as text: computed((record) => String(…)).text()' : ''
  return `${place}: the values are of type ${found.join(', ')}; declare the kind that fits${written}`
}

function distinctTexts(values: readonly unknown[]): string {
  const texts = [...new Set(values.map((value) => JSON.stringify(value) ?? 'absent'))]
  return `${texts.slice(0, 5).join(', ')}${texts.length > 5 ? ` and ${texts.length - 5} more` : ''}`
}

function longest(values: readonly unknown[]): number {
  return values.reduce<number>((most, value) => (typeof value === 'string' ? Math.max(most, value.length) : most), 0)
}
