import { FerryError } from '../core/errors.ts'
import type { Key } from '../core/record.ts'
import { type SqlValue, ValueProblem } from '../core/row.ts'
import type { Ask, LookupAsk, ReferenceAsk } from './compile-asks.ts'
import type { Frame } from './frame.ts'
import type { Resolution, Resolver } from './transformed-batch.ts'

/** What one ask came to for one item: values for its columns, no link at all, or why there is none. */
export type Answer = { readonly found: Readonly<Record<string, SqlValue>> } | 'none' | 'missing' | 'rejected' | ValueProblem

/** Asks one question for a whole batch, in one call. Answers in the order of `frames`. */
export async function resolveAsk(ask: Ask, frames: readonly Frame[], resolver: Resolver): Promise<readonly Answer[]> {
  return ask.from === 'reference' ? resolveReferences(ask, frames, resolver) : resolveLookups(ask, frames, resolver)
}

async function resolveReferences(ask: ReferenceAsk, frames: readonly Frame[], resolver: Resolver): Promise<readonly Answer[]> {
  const read = frames.map((frame) => ask.read(frame))
  const keys = read.filter((key): key is Key => key !== null && !(key instanceof ValueProblem))
  const found = keys.length === 0 ? [] : await resolver.references(ask.mapping, keys, { orTarget: ask.orTarget })
  let next = 0
  return read.map((key): Answer => {
    if (key === null) return 'none'
    if (key instanceof ValueProblem) return key
    const resolution: Resolution | undefined = found[next]
    next += 1
    return resolution ?? 'missing'
  })
}

async function resolveLookups(ask: LookupAsk, frames: readonly Frame[], resolver: Resolver): Promise<readonly Answer[]> {
  const read = frames.map((frame) => ask.read(frame))
  const tuples = read.filter((tuple): tuple is readonly SqlValue[] => tuple !== null && !(tuple instanceof ValueProblem))
  const found = tuples.length === 0 ? [] : await resolver.lookups(ask.table, ask.match, ask.column, tuples)
  let next = 0
  return read.map((tuple): Answer => {
    if (tuple === null) return 'none'
    if (tuple instanceof ValueProblem) return tuple
    const value = found[next]
    next += 1
    return value === undefined ? 'missing' : { found: { [ask.column]: value } }
  })
}

/** Fills a row whose parent is in memory; false where the question must be asked. undefined: always ask. `count`: rows about to be filled. */
export async function compileQuickFill(
  ask: Ask,
  resolver: Resolver,
  count: number,
): Promise<((draft: { readonly frame: Frame; readonly row: SqlValue[] }) => boolean) | undefined> {
  const [column, ...more] = ask.columns
  if (ask.from !== 'reference' || column === undefined || more.length > 0) return undefined
  const find = await resolver.quickParents?.(ask.mapping, column.taken, count)
  if (find === undefined) return undefined
  return ({ frame, row }) => {
    const key = ask.read(frame)
    if (key === null || key instanceof ValueProblem) return false
    const value = find(key)
    if (value === undefined) return false
    row[column.at] = value
    return true
  }
}

/** The error of `missing: 'stop'`. */
export function stopped(mapping: string, ask: Ask): FerryError {
  const columns = ask.columns.map((column) => JSON.stringify(column.name)).join(', ')
  const what =
    ask.from === 'reference' ? `a parent in mapping ${JSON.stringify(ask.mapping)}` : `a row of table ${JSON.stringify(ask.table)}`
  return new FerryError(
    'FERRY_TRANSFORM_MISSING_REFERENCE',
    `mapping ${JSON.stringify(mapping)}, column ${columns}: ${what} is missing, and missing is 'stop'`,
    {
      hint: "Mend the source, or declare missing: 'reject' or 'null' to go on.",
    },
  )
}
