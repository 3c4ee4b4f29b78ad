import { findParent } from './find-parent.ts'
import { invalid } from './invalid.ts'
import type { ColumnSpec, Conversion, ResolvedMapping } from './transfer.ts'

/**
 * Checks what a mapping's columns say of one another and of other mappings; what needs the tables is checked by orderSteps and compilePipeline.
 * @throws FERRY_DEFINITION_INVALID
 */
export function checkColumns(mapping: ResolvedMapping, mappings: readonly ResolvedMapping[]): void {
  for (const [name, spec] of Object.entries(mapping.columns)) {
    const label = `mapping ${JSON.stringify(mapping.name)}, column ${JSON.stringify(name)}`
    checkOrigin(label, spec, mapping, mappings)
    if (spec.convert !== undefined) checkConversion(label, spec.convert)
  }
}

function checkOrigin(label: string, spec: ColumnSpec, mapping: ResolvedMapping, mappings: readonly ResolvedMapping[]): void {
  const { origin, convert } = spec
  switch (origin.from) {
    case 'field':
    case 'item':
    case 'constant':
    case 'computed':
      if (convert === undefined) throw invalid(`${label} has no kind`, 'Say what the column holds: .text(), .integer(), .timestamp() ...')
      return
    case 'index':
      if (mapping.each.length === 0) throw invalid(`${label}: index() needs a mapping with each`)
      return
    case 'reference':
      if (!mappings.some((other) => other.name === origin.mapping)) {
        throw invalid(`${label} refers to mapping ${JSON.stringify(origin.mapping)}, which the transfer does not have`, known(mappings))
      }
      return
    case 'parent':
      checkParent(label, origin.mapping, mapping, mappings)
      return
    case 'lookup':
      if (Object.keys(origin.match).length === 0) throw invalid(`${label}: lookup needs at least one column to match`)
      return
    case 'key':
    case 'id':
      return
  }
}

function checkParent(label: string, name: string | undefined, mapping: ResolvedMapping, mappings: readonly ResolvedMapping[]): void {
  if (name === undefined) {
    if (findParent(mapping, mappings) !== undefined) return
    throw invalid(
      `${label}: parent() finds no single mapping of ${JSON.stringify(mapping.from)} one each level up`,
      mapping.each.length === 0
        ? 'parent() serves mappings with each; use reference() between records.'
        : 'Add a mapping of the list above, or name one: parent({ mapping }).',
    )
  }
  const other = mappings.find((candidate) => candidate.name === name)
  if (other === undefined)
    throw invalid(`${label}: parent names mapping ${JSON.stringify(name)}, which the transfer does not have`, known(mappings))
  if (other.from !== mapping.from || other === mapping || !isAbove(other.each, mapping.each)) {
    throw invalid(`${label}: mapping ${JSON.stringify(name)} is not above this one in the same collection`)
  }
}

/** The record itself, or the list one level up. */
function isAbove(above: readonly string[], each: readonly string[]): boolean {
  if (above.length === 0) return true
  return above.length === each.length - 1 && above.every((part, at) => part === each[at])
}

function checkConversion(label: string, convert: Conversion): void {
  const { kind, scale, scaled, truncate, values } = convert
  if (scale !== undefined && (!Number.isSafeInteger(scale) || scale < 0 || scale > 1000))
    throw invalid(`${label}: scale is not a count of digits`)
  if (scaled === true && scale === undefined) throw invalid(`${label}: scaled needs scale`)
  if (truncate !== undefined && (!Number.isSafeInteger(truncate) || truncate < 1))
    throw invalid(`${label}: truncate is not a count of characters`)
  if (values !== undefined) checkEnum(label, values)
  const timed = kind === 'timestamp' || kind === 'date' || kind === 'time'
  if (timed && convert.epoch !== undefined && convert.pattern !== undefined)
    throw invalid(`${label}: epoch and pattern exclude one another`)
  if (timed && convert.epoch !== undefined && convert.epoch !== 'ms' && convert.epoch !== 's')
    throw invalid(`${label}: epoch is neither ms nor s`)
}

function checkEnum(label: string, values: ReadonlyMap<unknown, unknown>): void {
  if (values.size === 0) throw invalid(`${label}: oneOf has no values`)
  const types = new Set([...values.values()].map((value) => typeof value))
  if (types.size > 1) throw invalid(`${label}: oneOf gives values of different types (${[...types].sort().join(', ')})`)
}

function known(mappings: readonly ResolvedMapping[]): string {
  return `The mappings are ${mappings.map((mapping) => mapping.name).join(', ')}.`
}
