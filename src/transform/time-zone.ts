import type { Zone } from 'luxon'
import { FerryError } from '../core/errors.ts'
import { ValueProblem } from '../core/row.ts'
import type { Conversion } from '../definition/transfer.ts'
import { loadLuxon } from './load-luxon.ts'

const DAY_MS = 86_400_000

/** Turns a wall clock's time in a zone (ms as if UTC) into the instant (ms since 1970). */
export type ToInstant = (localMs: number) => number | ValueProblem

/** The zone of a name. @throws FERRY_DEFINITION_INVALID for an unknown one, and for the zone of the machine: it would make rows depend on where they were made */
export function openZone(name: string): Zone {
  const specifier = /^[+-]/.test(name) ? `UTC${name}` : name
  const { zone } = loadLuxon().DateTime.fromMillis(0, { zone: specifier })
  if (zone.isValid && !/^(?:local|system|default)$/i.test(name)) return zone
  throw new FerryError('FERRY_DEFINITION_INVALID', `the zone ${JSON.stringify(name)} is not known`, {
    hint: "Write an IANA name such as 'Europe/Berlin', 'utc', or an offset such as '+02:00'.",
  })
}

/** A time that a clock skipped or showed twice is a problem unless `ambiguous` says which instant is meant. */
export function createToInstant(zone: Zone, ambiguous: Conversion['ambiguous']): ToInstant {
  const offsetMs = (instant: number): number => Math.round(zone.offset(instant) * 60_000)
  return (localMs) => {
    const before = offsetMs(localMs - DAY_MS)
    const after = offsetMs(localMs + DAY_MS)
    const candidates = before === after ? [before] : [before, after]
    const instants = candidates.map((offset) => localMs - offset).filter((instant) => instant + offsetMs(instant) === localMs)
    const [only] = instants
    if (only !== undefined && instants.length === 1) return only
    if (ambiguous === undefined) {
      return new ValueProblem(
        'DATE_AMBIGUOUS',
        only === undefined ? 'was skipped by the clocks of the zone' : 'was shown twice by the clocks of the zone',
      )
    }
    const both = [localMs - before, localMs - after]
    return ambiguous === 'earlier' ? Math.min(...both) : Math.max(...both)
  }
}
