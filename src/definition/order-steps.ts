import { FerryError } from '../core/errors.ts'
import type { TableInfo } from '../target/target.ts'
import { findCycles } from './find-cycles.ts'
import { referredMapping } from './find-parent.ts'
import { type MappingLink, readMappingLinks, tableOf } from './mapping-links.ts'
import { isPkFromKey } from './pk-from-key.ts'
import type { ResolvedMapping, ResolvedTransfer } from './transfer.ts'

/** One pass of one mapping. */
export interface Step {
  readonly number: number
  readonly kind: 'load' | 'patch'
  readonly mapping: string
  readonly table: string
  /** Columns written by this step, in row order. Load: all but those the patch fills (written NULL). Patch: primary key, then the deferred ones. */
  readonly columns: readonly string[]
  /** Columns of this mapping's table that a patch step fills. */
  readonly deferred: readonly string[]
}

export interface StepOrder {
  readonly steps: readonly Step[]
  /** Each as the mappings that form it: ['spots', 'vehicles'] or ['employees']. */
  readonly cycles: readonly (readonly string[])[]
  /** Tables whose foreign keys must be off during the load: NOT NULL cycles, or unmapped ways round. */
  readonly enforcementOff: readonly string[]
  /** Mappings whose keys must be written to ferry_id_map because something refers to them and the id cannot be computed from the key. */
  readonly idMapped: ReadonlySet<string>
}

/**
 * Parents first; a cycle is broken at nullable reference columns, which a patch step fills after all loads. Where none is nullable,
 * foreign keys are off for the load; then the parent's pk must follow from its key.
 * @throws FERRY_DEFINITION_CYCLE, FERRY_DEFINITION_UNKNOWN_TABLE
 */
export function orderSteps(transfer: ResolvedTransfer, tables: ReadonlyMap<string, TableInfo>): StepOrder {
  const { mappings } = transfer
  const links = readMappingLinks(transfer, tables)
  const cycles = findCycles(mappings.length, links)
  const { kept, deferred, broken } = breakCycles(mappings.length, links)
  for (const link of broken) assertComputable(transfer, link)
  const loads = sortMappings(mappings.length, kept)
  const steps: Step[] = []
  for (const at of loads) {
    const mapping = mappings[at]
    if (mapping !== undefined) steps.push(loadStep(mapping, { number: steps.length, deferred: deferred.get(at) ?? [] }))
  }
  for (const at of loads) {
    const mapping = mappings[at]
    const columns = deferred.get(at)
    if (mapping === undefined || columns === undefined) continue
    if (mapping.conflict === 'skip') throw skippedLinks(mapping, columns)
    steps.push(patchStep(mapping, { number: steps.length, deferred: columns, primaryKey: tableOf(mapping, tables).primaryKey }))
  }
  return Object.freeze({
    steps: Object.freeze(steps),
    cycles: cycles.map((cycle) => cycle.map((at) => mappings[at]?.name ?? '')),
    enforcementOff: uncheckedTables(cycles, broken).map((at) => mappings[at]?.table ?? ''),
    idMapped: findIdMapped(transfer, tables, new Set(deferred.keys())),
  })
}

function skippedLinks(mapping: ResolvedMapping, columns: readonly string[]): FerryError {
  return new FerryError(
    'FERRY_DEFINITION_CYCLE',
    `mapping ${mapping.name} skips rows that are there, and ${columns.join(', ')} would be filled in them later`,
    {
      hint: "Use `conflict: 'upsert'`, or map the column without a reference: a skipped row is never touched.",
    },
  )
}

/** Every mapping of a cycle that a broken link belongs to: its rows tie one another on the way in and on the way out. */
function uncheckedTables(
  cycles: readonly (readonly number[])[],
  broken: readonly { readonly from: number; readonly to: number }[],
): number[] {
  const rings = cycles.filter((cycle) => broken.some(({ from, to }) => cycle.includes(from) && cycle.includes(to)))
  return [...new Set(rings.flat())]
}

function loadStep(mapping: ResolvedMapping, { number, deferred }: { number: number; deferred: readonly string[] }): Step {
  const columns = Object.keys(mapping.columns).filter((column) => !deferred.includes(column))
  return Object.freeze({ number, kind: 'load', mapping: mapping.name, table: mapping.table, columns, deferred })
}

function patchStep(
  mapping: ResolvedMapping,
  { number, deferred, primaryKey }: { number: number; deferred: readonly string[]; primaryKey: readonly string[] },
): Step {
  return Object.freeze({
    number,
    kind: 'patch',
    mapping: mapping.name,
    table: mapping.table,
    columns: [...primaryKey, ...deferred],
    deferred,
  })
}

interface Order {
  /** Links that the order of loads obeys. */
  readonly kept: readonly MappingLink[]
  /** Columns filled by a patch, by mapping, in the order written. */
  readonly deferred: ReadonlyMap<number, readonly string[]>
  /** Links that neither order nor patch can serve. */
  readonly broken: readonly MappingLink[]
}

/** Takes links away, one at a time, until no cycle is left: first those that can wait, of them first those that point forward in the order written. */
function breakCycles(count: number, links: readonly MappingLink[]): Order {
  let kept = links
  const deferred = new Map<number, readonly string[]>()
  const broken: MappingLink[] = []
  for (;;) {
    const cycles = findCycles(count, kept)
    if (cycles.length === 0) return { kept, deferred, broken }
    const inside = kept.filter((link) => cycles.some((cycle) => cycle.includes(link.from) && cycle.includes(link.to)))
    const waiting = inside.filter((link) => link.deferrable !== undefined)
    const computable = inside.filter((link) => link.computable)
    const candidates = waiting.length > 0 ? waiting : computable.length > 0 ? computable : inside
    const taken = candidates.find((link) => link.from <= link.to) ?? candidates[0]
    if (taken === undefined) return { kept, deferred, broken }
    kept = kept.filter((link) => link !== taken)
    if (taken.deferrable === undefined) broken.push(taken)
    else deferred.set(taken.from, [...(deferred.get(taken.from) ?? []), ...taken.deferrable])
  }
}

/** Mappings after all they need; among the free ones, the order written. */
function sortMappings(count: number, links: readonly MappingLink[]): readonly number[] {
  const sorted: number[] = []
  const open = new Set(Array.from({ length: count }, (_, at) => at))
  while (open.size > 0) {
    const next = [...open].find((at) => !links.some((link) => link.from === at && link.to !== at && open.has(link.to)))
    if (next === undefined) break
    open.delete(next)
    sorted.push(next)
  }
  return sorted
}

/** A reference that goes unchecked during the load must know the parent's pk without looking. */
function assertComputable(transfer: ResolvedTransfer, link: MappingLink): void {
  if (link.computable) return
  const from = JSON.stringify(transfer.mappings[link.from]?.name)
  const to = JSON.stringify(transfer.mappings[link.to]?.name)
  const message = `mapping ${from} refers to ${to} in a cycle of NOT NULL columns, and the ids of ${to} are not known before its rows are written`
  throw new FerryError('FERRY_DEFINITION_CYCLE', message, {
    hint: 'Make one of the reference columns nullable, or take ids that follow from the key: id.uuid() or id.keep().',
  })
}

function findIdMapped(
  transfer: ResolvedTransfer,
  tables: ReadonlyMap<string, TableInfo>,
  patched: ReadonlySet<number>,
): ReadonlySet<string> {
  const referenced = new Set<string>()
  transfer.mappings.forEach((mapping, at) => {
    // A patch finds its own row by the key as well.
    if (patched.has(at)) referenced.add(mapping.name)
    for (const { origin } of Object.values(mapping.columns)) {
      const name = referredMapping(origin, mapping, transfer.mappings)
      if (name !== undefined) referenced.add(name)
    }
  })
  const mapped = transfer.mappings.filter((mapping) => referenced.has(mapping.name) && !isPkFromKey(mapping, tableOf(mapping, tables)))
  return new Set(mapped.map((mapping) => mapping.name))
}
