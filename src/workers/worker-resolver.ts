import { HashTable } from '../core/hash-table.ts'
import { KeySet } from '../core/key-set.ts'
import { NumberSet } from '../core/number-set.ts'
import type { Key } from '../core/record.ts'
import { type Row, type SqlValue, ValueProblem } from '../core/row.ts'
import { TextSet } from '../core/text-set.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { type KnownParent, knowParents, type SharedParents } from '../state/parent-census.ts'
import { renderRow } from '../state/row-text.ts'
import type { Codec, Dialect, TableInfo } from '../target/target.ts'
import { columnKind } from '../transform/column-kind.ts'
import { compilePkFromKey } from '../transform/derive-pk.ts'
import type { Resolution, Resolver } from '../transform/pipeline.ts'
import type { RowHasher } from '../transform/row-hash.ts'
import type { Answers, Question } from './messages.ts'

/** Rows found by a natural key that one worker remembers. */
const MOST_REMEMBERED = 20_000

export interface WorkerResolverOptions {
  readonly transfer: ResolvedTransfer
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly dialect: Dialect
  readonly parents: ReadonlyMap<string, SharedParents>
  readonly hasherFor: (codecs: readonly Codec[]) => RowHasher
  readonly ask: (question: Question) => Promise<Answers>
}

/** Finds parents in the memory that the threads share; everything else the run is asked. */
export function createWorkerResolver(options: WorkerResolverOptions): Resolver {
  const { ask } = options
  const known = new Map<string, FindParent>()
  for (const [mapping, shared] of options.parents) {
    const found = openKnown(options, mapping, shared)
    if (found !== undefined) known.set(mapping, found)
  }
  const remembered = new Map<string, SqlValue>()
  return {
    async quickParents(mapping, column) {
      return known.get(mapping)?.(column)
    },
    references: async (mapping, keys: readonly Key[], { orTarget }) =>
      (await ask({ kind: 'references', mapping, keys, orTarget })) as readonly Resolution[],
    async lookups(table, match, column, values) {
      const texts = values.map((tuple) => JSON.stringify([table, match, column, renderRow(tuple)]))
      const asked = new Map<string, readonly SqlValue[]>()
      for (const [at, text] of texts.entries()) if (!remembered.has(text)) asked.set(text, values[at] ?? [])
      const answers = asked.size === 0 ? [] : await ask({ kind: 'lookups', table, match, column, values: [...asked.values()] })
      const fresh = new Map([...asked.keys()].map((text, at) => [text, answers[at] as SqlValue | undefined]))
      const found = texts.map((text) => (remembered.has(text) ? remembered.get(text) : fresh.get(text)))
      if (remembered.size + fresh.size > MOST_REMEMBERED) remembered.clear()
      for (const [text, value] of fresh) if (value !== undefined && remembered.size < MOST_REMEMBERED) remembered.set(text, value)
      return found
    },
  }
}

/** How the parents of one mapping give a column of their primary key; undefined for another column. */
type FindParent = (column: string) => KnownParent | undefined

function openKnown(options: WorkerResolverOptions, name: string, shared: SharedParents): FindParent | undefined {
  const { transfer, tables, dialect } = options
  const mapping = transfer.mappings.find((one) => one.name === name)
  const table = mapping && tables.get(mapping.table)
  const compute = compilePkFromKey({ transfer, mapping: name, tables, dialect })
  if (mapping === undefined || table === undefined || compute === undefined) return undefined
  const codecs = table.primaryKey.flatMap((column) => {
    const info = table.columns.find((one) => one.name === column)
    return info === undefined ? [] : [dialect.codec(info, columnKind({ transfer, tables, mapping, column }))]
  })
  const [codec] = codecs
  if (codec === undefined) return undefined
  if (shared.form === 'keys') {
    const keys = new KeySet(shared.keys)
    return columnOfPk(table, (key) => (keys.has(key) ? compute(key) : undefined))
  }
  const { form, slots } = shared
  if (form !== 'hashes') {
    const find = knowParents({ compute, codec }, form === 'numbers' ? new NumberSet(slots) : new TextSet(slots))
    return (column) => (column === table.primaryKey[0] ? find : undefined)
  }
  const written = new HashTable({ shared: slots })
  const hashPk = options.hasherFor(codecs)
  return columnOfPk(table, (key) => {
    const pk = compute(key)
    return pk instanceof ValueProblem || !written.has(hashPk(pk)) ? undefined : pk
  })
}

/** One column of what `find` gives; no other than those of the primary key. */
function columnOfPk({ primaryKey }: TableInfo, find: (key: Key) => Row | ValueProblem | undefined): FindParent {
  return (column) => {
    const place = primaryKey.indexOf(column)
    if (place < 0) return undefined
    return (key) => {
      const pk = find(key)
      return pk === undefined || pk instanceof ValueProblem ? undefined : (pk[place] ?? undefined)
    }
  }
}
