import { scatter, toInstant } from './scatter.ts'
import { type Collection, type ColumnShape, type Ferry, listItems, type Value, type Workload } from './workload.ts'

type Kind = 'number' | 'text' | 'flag' | 'instant' | 'amount'
type Wide = Readonly<Record<string, string | number | boolean | null>>

const KINDS: readonly Kind[] = ['number', 'text', 'text', 'flag', 'instant', 'amount']
/** With the key 60 columns. Every tenth may be null. */
const FIELDS = Array.from({ length: 59 }, (_, at) => ({
  name: `f${String(at + 1).padStart(2, '0')}`,
  kind: KINDS[at % KINDS.length] ?? 'text',
  optional: at % 10 === 9,
}))
const TYPES: Readonly<Record<Kind, ColumnShape['type']>> = {
  number: 'integer',
  text: 'string',
  flag: 'boolean',
  instant: 'time',
  amount: 'integer',
}
const SCHEMAS: Readonly<Record<Kind, object>> = {
  number: { type: 'integer' },
  text: { type: 'string', maxLength: 60 },
  flag: { type: 'boolean' },
  instant: { type: 'string', format: 'date-time' },
  amount: { type: 'number', minimum: 0 },
}

/** 60 columns a row: what a column costs. */
export const workload: Workload = {
  name: 'wide',
  title: 'records of 60 fields',
  form: 'ndjson',
  records: { usual: 50_000, full: 250_000 },
  tables: [
    {
      name: 'wide_rows',
      primaryKey: ['id'],
      columns: [
        { name: 'id', type: 'integer' },
        ...FIELDS.map(({ name, kind, optional }) => ({
          name,
          type: TYPES[kind],
          nullable: optional,
          ...(kind === 'text' ? { length: 60 } : {}),
        })),
      ],
      indexes: [
        { name: 'wide_by_number', columns: ['f01'] },
        { name: 'wide_by_text', columns: ['f02'] },
      ],
    },
  ],
  collections(records) {
    const wide: Collection<Wide> = {
      name: 'wide',
      items: () => listItems(records, makeWide),
      fills: [{ table: 'wide_rows', row: toRow }],
    }
    return [wide]
  },
  transfer: (ferry, { source, folder }) =>
    ferry.defineTransfer({
      name: 'bench-wide',
      source,
      target: {},
      folder,
      mappings: {
        wide: ferry.mapping<Wide>({
          from: 'wide',
          table: 'wide_rows',
          schema: {
            type: 'object',
            required: ['id', ...FIELDS.map(({ name }) => name)],
            additionalProperties: false,
            properties: {
              id: { type: 'integer' },
              ...Object.fromEntries(FIELDS.map(({ name, kind, optional }) => [name, optional ? orNull(SCHEMAS[kind]) : SCHEMAS[kind]])),
            },
          },
          columns: { id: ferry.key().integer(), ...Object.fromEntries(FIELDS.map((one) => [one.name, toColumn(ferry, one)])) },
        }),
      },
    }),
}

function orNull(schema: object): object {
  return { anyOf: [{ type: 'null' }, schema] }
}

function toColumn(ferry: Ferry, { name, kind, optional }: (typeof FIELDS)[number]) {
  const column = CONVERSIONS[kind](ferry.field([name]))
  return optional ? column.optional() : column
}

type Untyped = ReturnType<Ferry['field']>

const CONVERSIONS = {
  number: (column: Untyped) => column.integer(),
  text: (column: Untyped) => column.text(),
  flag: (column: Untyped) => column.boolean(),
  instant: (column: Untyped) => column.timestamp(),
  amount: (column: Untyped) => column.decimal({ scale: 2, scaled: true }),
}

function makeWide(id: number): Wide {
  const made: Record<string, string | number | boolean | null> = { id }
  for (const [at, { name, kind, optional }] of FIELDS.entries()) {
    const mixed = scatter(id * 64 + at)
    made[name] = optional && mixed % 3 === 0 ? null : VALUES[kind](mixed)
  }
  return made
}

const VALUES: Readonly<Record<Kind, (mixed: number) => string | number | boolean>> = {
  number: (mixed) => mixed >>> 4,
  text: (mixed) => `${mixed.toString(36)} – ${mixed % 1000}`,
  flag: (mixed) => mixed % 2 === 0,
  instant: (mixed) => toInstant(mixed),
  amount: (mixed) => (mixed % 1_000_000) / 100,
}

function toRow(record: Wide): Value[] {
  const row: Value[] = [Number(record.id)]
  for (const { name, kind } of FIELDS) {
    const value = record[name] ?? null
    if (typeof value === 'boolean') row.push(value ? 1 : 0)
    else row.push(kind === 'amount' && value !== null ? Math.round(Number(value) * 100) : value)
  }
  return row
}
