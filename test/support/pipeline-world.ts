import { renderKey } from '../../src/core/canonical-value.ts'
import type { Key } from '../../src/core/record.ts'
import type { SqlValue } from '../../src/core/row.ts'
import { defineTransfer } from '../../src/definition/define-transfer.ts'
import { orderSteps } from '../../src/definition/order-steps.ts'
import type { TransferInput } from '../../src/definition/transfer-input.ts'
import { type BatchItem, readBatches } from '../../src/extract/read-batches.ts'
import { dialect } from '../../src/target/dialects/sqlite.ts'
import type { TableInfo } from '../../src/target/target.ts'
import { compilePipeline, type Pipeline, type Resolution, type Resolver, type TransformedBatch } from '../../src/transform/pipeline.ts'
import { ListSource } from './list-source.ts'

export type Collections = ConstructorParameters<typeof ListSource>[0]

export interface PipelineWorld {
  readonly mappings: TransferInput['mappings']
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly idBase?: bigint
}

/** The pipeline of one mapping on SQLite. */
export function pipelineOf(world: PipelineWorld, mapping: string, kind: 'load' | 'patch' = 'load'): Pipeline {
  const transfer = defineTransfer({ name: 'test', target: {}, mappings: world.mappings })
  const step = orderSteps(transfer, world.tables).steps.find((one) => one.mapping === mapping && one.kind === kind)
  if (step === undefined) throw new Error(`no ${kind} step of ${mapping}`)
  return compilePipeline({ transfer, step, tables: world.tables, dialect, idBase: world.idBase ?? 1n })
}

/** The items of one collection, as extract gives them. */
export async function itemsOf(collections: Collections, collection: string, each: readonly string[] = []): Promise<readonly BatchItem[]> {
  const items: BatchItem[] = []
  const after = { cursor: null, taken: 0, item: 0, ordinal: 0 }
  for await (const batch of readBatches(new ListSource(collections), { collection, each, after, batchRows: 1000, batchBytes: 1e9 })) {
    items.push(...batch.items)
  }
  return items
}

/** Parents by mapping and key, rows by table; counts the calls. */
export class FakeResolver implements Resolver {
  readonly calls: string[] = []
  readonly #parents: ReadonlyMap<string, Resolution>
  readonly #rows: Readonly<Record<string, readonly Readonly<Record<string, SqlValue>>[]>>

  constructor(
    parents: Readonly<Record<string, readonly (readonly [Key, Resolution])[]>> = {},
    rows: Readonly<Record<string, readonly Readonly<Record<string, SqlValue>>[]>> = {},
  ) {
    const entries = Object.entries(parents).flatMap(([mapping, pairs]) =>
      pairs.map(([key, resolution]): [string, Resolution] => [`${mapping} ${renderKey(key)}`, resolution]),
    )
    this.#parents = new Map(entries)
    this.#rows = rows
  }

  async references(mapping: string, keys: readonly Key[]): Promise<readonly Resolution[]> {
    this.calls.push(`references ${mapping} ${keys.length}`)
    return keys.map((key) => this.#parents.get(`${mapping} ${renderKey(key)}`) ?? 'missing')
  }

  async lookups(
    table: string,
    match: readonly string[],
    column: string,
    values: readonly (readonly SqlValue[])[],
  ): Promise<readonly (SqlValue | undefined)[]> {
    this.calls.push(`lookups ${table} ${values.length}`)
    return values.map((tuple) => this.#rows[table]?.find((row) => match.every((name, at) => row[name] === tuple[at]))?.[column])
  }
}

/** What a reader wants to see of a batch: rows by column, rejects by code and pointer. */
export function tell(pipeline: Pipeline, batch: TransformedBatch) {
  return {
    rows: batch.rows.map(({ row }) => Object.fromEntries(pipeline.step.columns.map((name, at) => [name, row[at]]))),
    rejects: batch.rejects.map((reject) => `${reject.ordinal} ${reject.stage} ${reject.code} ${reject.pointer}`),
    filtered: batch.filtered,
    nulled: batch.nulled,
  }
}
