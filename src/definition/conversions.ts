import type { Conversion } from './transfer.ts'

/** `emptyAsNull`: '' reads as absent. `parse`: reads what stands for the kind in another type (`"12"` as an integer). */
export interface ReadOptions {
  readonly emptyAsNull?: boolean
  readonly parse?: boolean
}

/** `truncate`: cut at this many characters. `trim`: white space at both ends goes. `parse`: numbers and booleans as their text. */
export interface TextOptions extends ReadOptions {
  readonly truncate?: number
  readonly trim?: boolean
}

/** `scale`: digits after the point. `scaled`: stored as an integer of 10^-scale units (cents). `round`: without it more digits are a reject. */
export interface DecimalOptions extends ReadOptions {
  readonly scale?: number
  readonly scaled?: boolean
  readonly round?: 'half-even' | 'half-up' | 'down'
}

/**
 * `pattern`: luxon tokens, e.g. `dd/MM/yyyy HH:mm`. `zone`: IANA name or `+02:00`, for texts without an offset. `epoch`: the unit of numbers.
 * `ambiguous`: which instant where a clock was turned back, and which side of a gap; without it both are rejects.
 */
export interface TimeOptions {
  readonly pattern?: string
  readonly zone?: string
  readonly epoch?: 'ms' | 's'
  readonly ambiguous?: 'earlier' | 'later'
  readonly emptyAsNull?: boolean
}

type Target = string | number | boolean

/**
 * Source value -> target value. An object's names match texts, and the number or boolean of the same text (`{ 1: 'ONE' }` takes 1 and "1");
 * a Map matches exactly; a list maps each value to itself.
 */
export type EnumInput =
  | Readonly<Record<string, Target>>
  | ReadonlyMap<string | number | boolean | null, Target>
  | readonly (string | number | boolean)[]

/** The map an enum stands for. */
export function readEnum(input: EnumInput): ReadonlyMap<string | number | boolean | null, Target> {
  if (input instanceof Map) return new Map(input)
  if (Array.isArray(input)) return new Map(input.map((value: Target) => [value, value]))
  const values = new Map<string | number | boolean | null, Target>()
  for (const [name, value] of Object.entries(input as Readonly<Record<string, Target>>)) {
    values.set(name, value)
    if (name !== '' && String(Number(name)) === name) values.set(Number(name), value)
    if (name === 'true' || name === 'false') values.set(name === 'true', value)
  }
  return values
}

/** The kind of an enum's target values; text where they differ in type. */
export function enumKind(values: ReadonlyMap<unknown, Target>): Conversion['kind'] {
  const targets = [...values.values()]
  if (targets.length > 0 && targets.every((value) => typeof value === 'boolean')) return 'boolean'
  if (targets.length > 0 && targets.every((value) => typeof value === 'number'))
    return targets.every(Number.isSafeInteger) ? 'integer' : 'float'
  return 'text'
}
