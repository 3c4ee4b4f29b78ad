import { FerryError } from '../core/errors.ts'
import type { ValueKind } from '../core/row.ts'
import type { Step, StepOrder } from '../definition/order-steps.ts'
import type { ResolvedMapping, ResolvedTransfer } from '../definition/transfer.ts'
import type { Codec, Dialect, TableInfo } from '../target/target.ts'
import { compilePipeline, type Pipeline } from './pipeline.ts'
import { openRowHash, type RowHasher } from './row-hash.ts'

/** What the definition and the target's tables come to together. */
export interface PreparedSteps {
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly order: StepOrder
  /** First `id.integer()` value by mapping. */
  readonly idBases: ReadonlyMap<string, bigint>
}

/** A step ready to run. */
export interface CompiledStep {
  readonly step: Step
  readonly mapping: ResolvedMapping
  readonly table: TableInfo
  readonly pipeline: Pipeline
  /** The step's columns, then its deferred ones (NULL while loading): what the journal's hashes are made of. */
  readonly columns: readonly string[]
  readonly kinds: readonly ValueKind[]
  readonly hashRow: RowHasher
  readonly pkPlaces: readonly number[]
}

/** Compiles every step. @throws FERRY_DEFINITION_* */
export async function compileSteps(
  transfer: ResolvedTransfer,
  prepared: PreparedSteps,
  options: {
    readonly dialect: Dialect
    readonly idBases?: ReadonlyMap<string, bigint> /** Number of the only step to be given. */
    readonly only?: number
  },
): Promise<readonly CompiledStep[]> {
  const hasherFor = await openRowHash()
  const codecs = new Map<string, Codec>()
  // A patch step's row is hashed with the columns of its load step, so the other step of a mapping is looked at too.
  const only = prepared.order.steps.find(({ number }) => number === options.only)
  const looked = prepared.order.steps.filter(({ mapping }) => only === undefined || mapping === only.mapping)
  const pipelines = looked.map((step) => {
    const idBase = (options.idBases ?? prepared.idBases).get(step.mapping) ?? 1n
    const pipeline = compilePipeline({ transfer, step, tables: prepared.tables, dialect: options.dialect, idBase })
    for (const [place, codec] of pipeline.codecs.entries()) codecs.set(`${step.mapping}.${step.columns[place]}`, codec)
    return pipeline
  })
  const wanted = pipelines.filter(({ step }) => options.only === undefined || step.number === options.only)
  return wanted.map((pipeline) => {
    const { step, table } = pipeline
    const mapping = transfer.mappings.find(({ name }) => name === step.mapping)
    if (mapping === undefined) throw internal(`step ${step.number} has no mapping`)
    const columns = step.kind === 'load' ? [...step.columns, ...step.deferred] : step.columns
    const used = columns.map((column) => {
      const codec = codecs.get(`${step.mapping}.${column}`)
      if (codec === undefined) throw internal(`${step.mapping}.${column} has no codec`)
      return codec
    })
    return {
      step,
      mapping,
      table,
      pipeline,
      columns,
      kinds: used.map(({ kind }) => kind),
      hashRow: withNulls(hasherFor(used), columns.length - step.columns.length),
      pkPlaces: table.primaryKey.map((column) => step.columns.indexOf(column)),
    }
  })
}

/** A load step's rows end before its deferred columns, which are NULL until the patch. */
function withNulls(hashRow: RowHasher, missing: number): RowHasher {
  if (missing === 0) return hashRow
  const nulls = Array.from({ length: missing }, () => null)
  return (row) => hashRow([...row, ...nulls])
}

function internal(what: string): FerryError {
  return new FerryError('FERRY_INTERNAL', what, { hint: 'This is a fault of knex-ferry; please report it with the definition.' })
}
