import type { Row } from '../core/row.ts'
import type { BatchItem } from '../extract/read-batches.ts'
import type { Pipeline, Resolver } from './pipeline.ts'

/** A load step, and the patch step that filled its links, as they were stored and as they are compiled again. */
export interface ExpectedShape {
  readonly load: Pipeline
  readonly patch: Pipeline | undefined
  /** The columns of the rows wanted; patched ones included. */
  readonly columns: readonly string[]
  /** Places of the columns that the patch fills. */
  readonly patchedPlaces: readonly number[]
  /** Columns before them in a row of the patch: the primary key. */
  readonly keyWidth: number
}

/** Items, by their ordinals, that became no row, or a row without its links, for a reason that only the table knew. */
export interface RefusedItems {
  readonly rows: ReadonlySet<number>
  readonly links: ReadonlySet<number>
}

/** Makes the rows that a step should have written of some items. */
export type MakeExpectedRows = (items: readonly BatchItem[], resolver: Resolver) => Promise<readonly Row[]>

/** Compiles that: through the very pipeline that loaded them, links filled in, without what was refused. */
export function compileExpectedRows(shape: ExpectedShape, refused: RefusedItems): MakeExpectedRows {
  const { load, patch, columns, patchedPlaces } = shape
  const places = columns.map((column) => load.step.columns.indexOf(column))
  const isPlain =
    patch === undefined &&
    refused.rows.size === 0 &&
    places.length === load.step.columns.length &&
    places.every((place, at) => place === at)
  return async (items, resolver) => {
    const { rows } = await load.transform(items, resolver)
    if (isPlain) return rows.map(({ row }) => row)
    const links = patch === undefined ? undefined : await readLinks(patch, { items, resolver, keyWidth: shape.keyWidth })
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

interface Patching {
  readonly items: readonly BatchItem[]
  readonly resolver: Resolver
  readonly keyWidth: number
}

async function readLinks(patch: Pipeline, { items, resolver, keyWidth }: Patching): Promise<ReadonlyMap<number, Row>> {
  const patched = await patch.transform(items, resolver)
  return new Map(patched.rows.map(({ row, item }) => [item.ordinal, row.slice(keyWidth)]))
}
