import { FerryError } from '../../core/errors.ts'
import { type ValueKind, ValueProblem } from '../../core/row.ts'
import type { CodecForm } from '../codec-form.ts'
import { findJsonProblem, toCanonicalJson } from '../codec-json.ts'
import { checkDecimal, checkInteger, normalizeDecimal, toDecimalText, toShortestFloat32, typeProblem } from '../codec-number.ts'
import { findTextProblem } from '../codec-text.ts'
import {
  canonicalTimestamp,
  findDateProblem,
  findTimeProblem,
  findTimestampProblem,
  toCanonicalTime,
  toCanonicalTimestamp,
} from '../codec-time.ts'
import type { Codec, ColumnInfo } from '../target.ts'
import { createArrayForm } from './postgres-arrays.ts'
import { type PostgresType, parsePostgresType } from './postgres-type.ts'

type CreateTypedForm = (column: ColumnInfo, type: PostgresType, kind: ValueKind) => CodecForm

const INTEGERS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  smallint: [-32_768n, 32_767n],
  integer: [-2_147_483_648n, 2_147_483_647n],
  bigint: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
}
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

/** The codec of a PostgreSQL column. @throws FERRY_DEFINITION_TYPE_MISMATCH */
export function createPostgresCodec(column: ColumnInfo, kind: ValueKind, quote: (name: string) => string): Codec {
  const type = parsePostgresType(column)
  const create = type.array ? (kind === 'json' ? createArray : undefined) : findForm(column, type, kind)
  if (create === undefined) throw mismatch(column, kind)
  return { kind, ...create(column, type, kind), select: quote(column.name) }
}

function findForm(column: ColumnInfo, type: PostgresType, kind: ValueKind): CreateTypedForm | undefined {
  if (column.enumValues !== undefined) return kind === 'text' ? createEnum : undefined
  // timetz has no instant of its own; timestamptz has.
  if (type.base === 'time' && type.zoned) return undefined
  return FORMS[type.base]?.[kind]
}

const integerForm: CreateTypedForm = (_column, type) => {
  const [min, max] = INTEGERS[type.base] ?? [0n, 0n]
  return { encode: (value) => checkInteger(value, min, max), canonical: String }
}

const booleanAsInteger: CreateTypedForm = () => ({
  encode: (value) => (typeof value === 'boolean' ? Number(value) : typeProblem('a boolean')),
  canonical: String,
})

const epochForm: CreateTypedForm = () => ({
  encode: (value) => findTimestampProblem(value, 3) ?? Date.parse(String(value)),
  canonical: (stored) => toCanonicalTimestamp(new Date(Number(stored)).toISOString()),
})

const decimalAsInteger: CreateTypedForm = (column, type, kind) => {
  const form = integerForm(column, type, kind)
  return {
    encode: (value) => {
      const text = checkDecimal(value, 19, 0)
      return text instanceof ValueProblem ? text : form.encode(BigInt(text))
    },
    canonical: String,
  }
}

const numericForm: CreateTypedForm = (_column, type) => {
  // numeric without arguments: 131,072 digits before the point, 16,383 after it (manual, 8.1.2).
  const [precision = 131_072 + 16_383, scale = type.args.length === 0 ? 16_383 : 0] = type.args
  return {
    encode: (value) => checkDecimal(value, precision, scale),
    canonical: (stored) => normalizeDecimal(String(stored)),
  }
}

const floatForm: CreateTypedForm = (_column, type) => {
  const single = type.base === 'real'
  return {
    encode(value) {
      const number = typeof value === 'bigint' ? Number(value) : value
      if (typeof number !== 'number') return typeProblem('a number')
      if (typeof value === 'bigint' && BigInt(number) !== value) return new ValueProblem('PRECISION', 'more digits than a float holds')
      if (Number.isNaN(number) || Math.abs(number) === Infinity) return new ValueProblem('NOT_FINITE', 'not a finite number')
      if (Object.is(number, -0)) return new ValueProblem('NEGATIVE_ZERO', 'negative zero')
      if (!single) return number
      if (!Number.isFinite(Math.fround(number))) return new ValueProblem('RANGE', 'larger than a 4-byte float')
      return toShortestFloat32(number) === number ? number : new ValueProblem('PRECISION', 'more digits than a 4-byte float holds')
    },
    canonical: (stored) => String(single ? Math.fround(Number(stored)) : Number(stored)),
  }
}

const decimalAsFloat: CreateTypedForm = (column, type, kind) => {
  const form = floatForm(column, type, kind)
  return {
    encode(value) {
      const number = Number(value)
      const stored = form.encode(number)
      if (stored instanceof ValueProblem) return stored
      return toDecimalText(number) === toDecimalText(value) ? stored : new ValueProblem('PRECISION', 'more digits than a float holds')
    },
    canonical: form.canonical,
  }
}

export const canonicalBoolean: Codec['canonical'] = (stored) => (stored === true || stored === 't' ? '1' : '0')

const booleanForm: CreateTypedForm = () => ({
  encode: (value) => (typeof value === 'boolean' ? value : typeProblem('a boolean')),
  canonical: canonicalBoolean,
})

const textForm: CreateTypedForm = (_column, type) => {
  const limit = type.args[0] ?? (type.base === 'character' ? 1 : undefined)
  const limits = limit === undefined ? {} : { maxChars: limit }
  const padded = type.base === 'character'
  return {
    encode(value) {
      if (typeof value !== 'string') return typeProblem('a text')
      if (padded && value.endsWith(' ')) return new ValueProblem('LENGTH', 'ends with blanks, which a char column does not keep')
      return findTextProblem(value, limits) ?? value
    },
    canonical: padded ? (stored) => String(stored).replace(/ +$/, '') : String,
  }
}

/** Kinds that a text column holds in their logical form. */
const asText =
  (canonical: (text: string) => string): CreateTypedForm =>
  (column, type, kind) => {
    const form = textForm(column, type, kind)
    return { encode: form.encode, canonical: (stored) => canonical(form.canonical(stored)) }
  }

const createEnum: CreateTypedForm = (column) => {
  const labels = new Set(column.enumValues)
  return {
    encode: (value) => (typeof value === 'string' && labels.has(value) ? value : new ValueProblem('ENUM', 'not a label of the enum')),
    canonical: String,
  }
}

const timestampForm: CreateTypedForm = (_column, type) => {
  const digits = type.args[0] ?? 6
  // The ISO text is bound as it is: with its Z for timestamptz; `timestamp` ignores the zone and keeps the UTC digits.
  return {
    encode: (value) => findTimestampProblem(value, digits) ?? (value as string),
    canonical: canonicalTimestamp,
  }
}

const dateForm: CreateTypedForm = () => ({ encode: (value) => findDateProblem(value) ?? (value as string), canonical: String })

const timeForm: CreateTypedForm = (_column, type) => {
  const digits = type.args[0] ?? 6
  return {
    encode: (value) => findTimeProblem(value, digits) ?? (value as string),
    canonical: (stored) => toCanonicalTime(String(stored)),
  }
}

const uuidForm: CreateTypedForm = () => ({
  encode: (value) => (typeof value === 'string' && UUID.test(value) ? value : typeProblem('a uuid')),
  canonical: String,
})

const bytesForm: CreateTypedForm = () => ({
  encode: (value) => (value instanceof Uint8Array ? value : typeProblem('bytes')),
  canonical: (stored) => Buffer.from(stored as Uint8Array).toString('hex'),
})

const jsonForm: CreateTypedForm = (_column, type) => ({
  encode(value) {
    if (typeof value !== 'string') return typeProblem('JSON')
    const problem = findTextProblem(value, {}) ?? findJsonProblem(value)
    if (problem !== undefined) return problem
    // jsonb keeps texts decoded, and cannot hold these two; json keeps the escapes as they are written.
    if (type.base === 'jsonb' && value.includes('\\u')) return findTextProblem(decodedTexts(value), {}) ?? value
    return value
  },
  canonical: (stored) => toCanonicalJson(String(stored)),
})

const createArray: CreateTypedForm = (column, type) => {
  const element: ColumnInfo = { ...column, type: column.type.replace(/(\[\])+$/, '') }
  const kind = ARRAY_KINDS[type.base] ?? (column.enumValues === undefined ? undefined : 'text')
  const create = kind && findForm(element, { ...type, array: false }, kind)
  if (create === undefined || kind === undefined) throw mismatch(column, 'json')
  return createArrayForm(create(element, { ...type, array: false }, kind), kind)
}

const ARRAY_KINDS: Readonly<Record<string, ValueKind>> = {
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  numeric: 'decimal',
  real: 'float',
  'double precision': 'float',
  text: 'text',
  'character varying': 'text',
  boolean: 'boolean',
  uuid: 'uuid',
  timestamp: 'timestamp',
  date: 'date',
  time: 'time',
}

const textKinds: Partial<Record<ValueKind, CreateTypedForm>> = {
  text: textForm,
  uuid: asText(String),
  json: asText(toCanonicalJson),
  timestamp: asText(toCanonicalTimestamp),
  date: asText(String),
  time: asText(toCanonicalTime),
  decimal: asText(normalizeDecimal),
}
const integerKinds: Partial<Record<ValueKind, CreateTypedForm>> = {
  integer: integerForm,
  bigint: integerForm,
  decimal: decimalAsInteger,
  boolean: booleanAsInteger,
}
const floatKinds: Partial<Record<ValueKind, CreateTypedForm>> = {
  float: floatForm,
  integer: floatForm,
  bigint: floatForm,
  decimal: decimalAsFloat,
}

const FORMS: Readonly<Record<string, Partial<Record<ValueKind, CreateTypedForm>>>> = {
  smallint: integerKinds,
  integer: integerKinds,
  bigint: { ...integerKinds, timestamp: epochForm },
  numeric: { decimal: numericForm, integer: numericForm, bigint: numericForm, float: numericForm },
  real: floatKinds,
  'double precision': floatKinds,
  boolean: { boolean: booleanForm },
  text: textKinds,
  'character varying': textKinds,
  character: textKinds,
  citext: { text: textForm },
  timestamp: { timestamp: timestampForm },
  date: { date: dateForm },
  time: { time: timeForm },
  uuid: { uuid: uuidForm },
  bytea: { bytes: bytesForm },
  json: { json: jsonForm },
  jsonb: { json: jsonForm },
}

function decodedTexts(json: string): string {
  const texts: string[] = []
  JSON.parse(json, (name: string, value: unknown) => {
    texts.push(name)
    if (typeof value === 'string') texts.push(value)
    return value
  })
  // A line between them, so that two halves of different texts do not make a pair.
  return texts.join('\n')
}

function mismatch(column: ColumnInfo, kind: ValueKind): FerryError {
  return new FerryError(
    'FERRY_DEFINITION_TYPE_MISMATCH',
    `column ${column.name} of type ${column.type} cannot hold values of the kind ${kind}`,
    {
      hint: 'Declare the kind that the column holds in the mapping, or change the column in a migration.',
    },
  )
}
