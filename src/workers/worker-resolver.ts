import type { Key } from '../core/record.ts'
import type { SqlValue } from '../core/row.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { type KnownParent, knowParents, openParents, type SharedParents } from '../state/parent-census.ts'
import { renderRow } from '../state/row-text.ts'
import type { Dialect, TableInfo } from '../target/target.ts'
import { columnKind } from '../transform/column-kind.ts'
import { compilePkFromKey } from '../transform/derive-pk.ts'
import type { Resolution, Resolver } from '../transform/pipeline.ts'
import type { Answers, Question } from './messages.ts'

/** Rows found by a natural key that one worker remembers. */
const MOST_REMEMBERED = 20_000

export interface WorkerResolverOptions {
  readonly transfer: ResolvedTransfer
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly dialect: Dialect
  readonly parents: ReadonlyMap<string, SharedParents>
  readonly ask: (question: Question) => Promise<Answers>
}

/** Finds parents in the memory that the threads share; everything else the run is asked. */
export function createWorkerResolver(options: WorkerResolverOptions): Resolver {
  const { ask } = options
  const known = new Map<string, { readonly column: string; readonly find: KnownParent }>()
  for (const [mapping, shared] of options.parents) {
    const found = openKnown(options, mapping, shared)
    if (found !== undefined) known.set(mapping, found)
  }
  const remembered = new Map<string, SqlValue>()
  return {
    async quickParents(mapping, column) {
      const parent = known.get(mapping)
      return parent?.column === column ? parent.find : undefined
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

function openKnown(options: WorkerResolverOptions, name: string, shared: SharedParents) {
  const { transfer, tables, dialect } = options
  const mapping = transfer.mappings.find((one) => one.name === name)
  const table = mapping && tables.get(mapping.table)
  const compute = compilePkFromKey({ transfer, mapping: name, tables, dialect })
  const column = table?.primaryKey[0]
  const info = table?.columns.find((one) => one.name === column)
  if (mapping === undefined || compute === undefined || column === undefined || info === undefined) return undefined
  const codec = dialect.codec(info, columnKind({ transfer, tables, mapping, column }))
  return { column, find: knowParents({ compute, codec }, openParents(shared)) }
}
