import { FerryError } from '../../core/errors.ts'
import { type ValueKind, ValueProblem } from '../../core/row.ts'
import type { CodecForm, CreateForm } from '../codec-form.ts'
import { findJsonProblem, toCanonicalJson } from '../codec-json.ts'
import { normalizeDecimal, typeProblem } from '../codec-number.ts'
import { findTextProblem } from '../codec-text.ts'
import { toCanonicalTime, toCanonicalTimestamp } from '../codec-time.ts'
import type { Codec, ColumnInfo } from '../target.ts'
import { charsetTest } from './mysql-charset.ts'
import { bitForm, decimalKinds, floatKinds, integerKinds, yearForm } from './mysql-number-codecs.ts'
import { dateForm, datetimeForm, timeForm, timestampForm } from './mysql-time-codecs.ts'

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/
/** Limits of the types that have one without saying it, in bytes. */
const BYTES: Readonly<Record<string, number>> = { tiny: 255, '': 65_535, medium: 16_777_215, long: 4_294_967_295 }

/** The codec of a MySQL or MariaDB column. @throws FERRY_DEFINITION_TYPE_MISMATCH */
export function createMysqlCodec(column: ColumnInfo, kind: ValueKind, quote: (name: string) => string): Codec {
  const base = /^[a-z]+/i.exec(column.type)?.[0]?.toLowerCase() ?? ''
  const create = FORMS[base]?.[kind]
  if (create === undefined) throw mismatch(column, kind)
  const form = create(column, kind)
  const name = quote(column.name)
  return { kind, encode: form.encode, canonical: form.canonical, select: form.select?.(name) ?? name }
}

const textForm: CreateForm = (column) => {
  const padded = column.type.startsWith('char')
  const size = /^(tiny|medium|long|)text/.exec(column.type)?.[1]
  const limits = {
    nulAllowed: true,
    ...(size === undefined ? { maxChars: column.maxLength ?? 1 } : { maxBytes: BYTES[size] ?? 65_535 }),
  }
  const fits = charsetTest(column.collation)
  return {
    encode(value) {
      if (typeof value !== 'string') return typeProblem('a text')
      if (padded && value.endsWith(' ')) return new ValueProblem('LENGTH', 'ends with blanks, which a char column does not keep')
      if (fits !== undefined && !fits(value)) {
        return new ValueProblem('ENCODING', `holds a character outside the column's character set (${column.collation})`)
      }
      return findTextProblem(value, limits) ?? value
    },
    canonical: String,
  }
}

/** Kinds that a text column holds in their logical form. */
const asText =
  (canonical: (text: string) => string): CreateForm =>
  (column, kind) => ({ encode: textForm(column, kind).encode, canonical: (stored) => canonical(String(stored)) })

const enumForm: CreateForm = (column) => {
  const labels = new Set(column.enumValues)
  return {
    // A label of another case would be stored as the declared one.
    encode: (value) => (typeof value === 'string' && labels.has(value) ? value : new ValueProblem('ENUM', 'not a label of the enum')),
    canonical: String,
  }
}

/** The server keeps the parsed value, not the text (MySQL; MariaDB's json is a longtext). */
const jsonForm: CreateForm = () => ({
  encode: (value) => (typeof value === 'string' ? (findTextProblem(value, {}) ?? findJsonProblem(value) ?? value) : typeProblem('JSON')),
  canonical: (stored) => toCanonicalJson(String(stored)),
})

/** MariaDB checks the text of a json column, so what is no JSON is refused here, row by row. */
const jsonAsText: CreateForm = (column, kind) => {
  const form = textForm(column, kind)
  return {
    encode: (value) => (typeof value === 'string' && isJson(value) ? form.encode(value) : typeProblem('JSON')),
    canonical: (stored) => toCanonicalJson(String(stored)),
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const uuidForm: CreateForm = () => ({
  encode: (value) => (typeof value === 'string' && UUID.test(value) ? value : typeProblem('a uuid')),
  canonical: String,
})

const uuidAsBytes: CreateForm = (column) => {
  if (column.maxLength !== 16) throw mismatch(column, 'uuid')
  return {
    encode: (value) =>
      typeof value === 'string' && UUID.test(value) ? Buffer.from(value.replaceAll('-', ''), 'hex') : typeProblem('a uuid'),
    canonical: (stored) => toHex(stored).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  }
}

const uuidAsText: CreateForm = (column, kind) => {
  if (column.maxLength !== undefined && column.maxLength < 36) throw mismatch(column, kind)
  return uuidForm(column, kind)
}

const bytesForm: CreateForm = (column) => {
  const size = /^(tiny|medium|long|)blob/.exec(column.type)?.[1]
  const limit = size === undefined ? (column.maxLength ?? 1) : (BYTES[size] ?? 65_535)
  const fixed = column.type.startsWith('binary')
  return {
    encode(value) {
      if (!(value instanceof Uint8Array)) return typeProblem('bytes')
      if (value.length > limit) return new ValueProblem('LENGTH', `longer than ${limit} bytes`)
      return fixed && value.length < limit
        ? new ValueProblem('LENGTH', `shorter than ${limit} bytes, which the column would fill with zeros`)
        : value
    },
    canonical: toHex,
  }
}

function toHex(stored: Parameters<CodecForm['canonical']>[0]): string {
  return stored instanceof Uint8Array ? Buffer.from(stored).toString('hex') : String(stored)
}

type Kinds = Partial<Record<ValueKind, CreateForm>>

const textKinds: Kinds = {
  text: textForm,
  uuid: uuidAsText,
  json: jsonAsText,
  timestamp: asText(toCanonicalTimestamp),
  date: asText(String),
  time: asText(toCanonicalTime),
  decimal: asText(normalizeDecimal),
}
const bytesKinds: Kinds = { bytes: bytesForm }

const FORMS: Readonly<Record<string, Kinds>> = {
  tinyint: integerKinds,
  smallint: integerKinds,
  mediumint: integerKinds,
  int: integerKinds,
  bigint: integerKinds,
  year: { integer: yearForm },
  bit: { boolean: bitForm },
  decimal: decimalKinds,
  float: floatKinds,
  double: floatKinds,
  char: textKinds,
  varchar: textKinds,
  tinytext: textKinds,
  text: textKinds,
  mediumtext: textKinds,
  longtext: textKinds,
  enum: { text: enumForm },
  json: { json: jsonForm },
  uuid: { uuid: uuidForm },
  binary: { bytes: bytesForm, uuid: uuidAsBytes },
  varbinary: { bytes: bytesForm, uuid: uuidAsBytes },
  tinyblob: bytesKinds,
  blob: bytesKinds,
  mediumblob: bytesKinds,
  longblob: bytesKinds,
  datetime: { timestamp: datetimeForm },
  timestamp: { timestamp: timestampForm },
  date: { date: dateForm },
  time: { time: timeForm },
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
