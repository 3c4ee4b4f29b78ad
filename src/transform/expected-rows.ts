import type { Row } from '../core/row.ts'
import type { StepOrder } from '../definition/order-steps.ts'
import type { BatchItem } from '../extract/read-batches.ts'
import { type CompileOptions, compilePipeline, type Pipeline, type Resolver } from './pipeline.ts'

/** A step as it was stored; enough of it to compile it again. */
interface StoredStep {
  readonly kind: 'load' | 'patch'
  readonly mapping: string
  readonly idBase: bigint
}

/** A load step, and the patch step that filled its links. */
export interface StoredSteps {
  readonly load: StoredStep & { readonly columns: readonly string[]; readonly primaryKey: readonly string[] }
  readonly patch: StoredStep | undefined
  /** Places of the columns that the patch fills, among those of the load. */
  readonly patchedPlaces: readonly number[]
}

export interface ExpectedTools extends Pick<CompileOptions, 'transfer' | 'tables' | 'dialect'> {
  readonly order: StepOrder
}

/** Items, by their ordinals, that became no row, or a row without its links, for a reason that only the table knew. */
export interface RefusedItems {
  readonly rows: ReadonlySet<number>
  readonly links: ReadonlySet<number>
}

/** Makes the rows that a step should have written of some items. */
export type MakeExpectedRows = (items: readonly BatchItem[], resolver: Resolver) => Promise<readonly Row[]>

/**
 * Compiles that: through the very pipeline that loaded them, in the order of the stored columns, links filled in, without what was refused.
 * undefined where the definition has no such steps any more.
 */
export function compileExpectedRows(
  { load: stored, patch: storedPatch, patchedPlaces }: StoredSteps,
  tools: ExpectedTools,
  refused: RefusedItems,
): MakeExpectedRows | undefined {
  const load = compileStored(stored, tools)
  const patch = storedPatch === undefined ? undefined : compileStored(storedPatch, tools)
  if (load === undefined || (patch === undefined && storedPatch !== undefined)) return undefined
  const keyWidth = stored.primaryKey.length
  const places = stored.columns.map((column) => load.step.columns.indexOf(column))
  const isPlain =
    patch === undefined &&
    refused.rows.size === 0 &&
    places.length === load.step.columns.length &&
    places.every((place, at) => place === at)
  return async (items, resolver) => {
    const { rows } = await load.transform(items, resolver)
    if (isPlain) return rows.map(({ row }) => row)
    const links = patch === undefined ? undefined : await readLinks(patch, { items, resolver, keyWidth })
    return rows
      .filter(({ item }) => !refused.rows.has(item.ordinal))
      .map(({ row, item }) => {
        const whole = places.map((place) => row[place] ?? null)
        const link = refused.links.has(item.ordinal) ? undefined : links?.get(item.ordinal)
        for (const [at, place] of patchedPlaces.entries()) whole[place] = link?.[at] ?? null
        return whole
      })
  }
}

function compileStored({ kind, mapping, idBase }: StoredStep, { transfer, order, tables, dialect }: ExpectedTools): Pipeline | undefined {
  const step = order.steps.find((one) => one.kind === kind && one.mapping === mapping)
  return step && compilePipeline({ transfer, step, tables, dialect, idBase })
}

interface Patching {
  readonly items: readonly BatchItem[]
  readonly resolver: Resolver
  readonly keyWidth: number
}

async function readLinks(patch: Pipeline, { items, resolver, keyWidth }: Patching): Promise<ReadonlyMap<number, Row>> {
  const patched = await patch.transform(items, resolver)
  return new Map(patched.rows.map(({ row, item }) => [item.ordinal, row.slice(keyWidth)]))
}
