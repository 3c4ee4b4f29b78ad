import { type SqlValue, ValueProblem } from '../core/row.ts'
import { compilePath } from '../definition/read-path.ts'
import type { ColumnSpec } from '../definition/transfer.ts'
import type { Codec } from '../target/target.ts'
import { type Convert, compileConversion } from './convert-value.ts'
import { describeThrown, type Frame, toPointer } from './frame.ts'
import { createUuidFromKey } from './uuid-from-key.ts'

/** A column whose value needs nothing but the item. */
export interface DirectColumn {
  /** Where its value stands in the row. */
  readonly at: number
  /** JSON pointer for its problems. */
  readonly pointer: string
  read(frame: Frame): SqlValue | ValueProblem
}

export interface DirectOptions {
  readonly name: string
  readonly at: number
  readonly codec: Codec
  /** The column takes NULL. */
  readonly nullable: boolean
  readonly transfer: string
  readonly mapping: string
  readonly idBase: bigint
}

/** Compiles a column of any origin but reference, parent and lookup. */
export function compileDirect(spec: ColumnSpec, options: DirectOptions): DirectColumn {
  const { at, codec, name } = options
  const { origin } = spec
  const ownPointer = `/columns${toPointer([name])}`
  if (origin.from === 'id' && origin.strategy === 'uuid') {
    const toUuid = createUuidFromKey(options.transfer, options.mapping)
    return { at, pointer: ownPointer, read: (frame) => codec.encode(toUuid(frame.key)) }
  }
  if (origin.from === 'id') {
    const { idBase } = options
    const base = Number(idBase)
    return {
      at,
      pointer: ownPointer,
      read: ({ item }) => codec.encode(Number.isSafeInteger(base + item.ordinal) ? base + item.ordinal : idBase + BigInt(item.ordinal)),
    }
  }
  const finish = compileFinish(spec, options)
  const pointer = origin.from === 'field' || origin.from === 'item' ? toPointer(origin.path) : ownPointer
  if (origin.from === 'field') {
    const member = compilePath(origin.path)
    return { at, pointer, read: (frame) => finish(member(frame.record)) }
  }
  const given = compileGiven(spec)
  if (origin.from !== 'computed') return { at, pointer, read: (frame) => finish(given(frame)) }
  return {
    at,
    pointer,
    read: (frame) => {
      try {
        return finish(given(frame))
      } catch (error) {
        return new ValueProblem('COMPUTE', `the column's function ${describeThrown(error)}`)
      }
    },
  }
}

/** From a source value to a stored one. */
export function compileFinish(
  spec: ColumnSpec,
  { codec, nullable }: { codec: Codec; nullable: boolean },
): (given: unknown) => SqlValue | ValueProblem {
  const convert: Convert = compileConversion(spec.convert ?? { kind: codec.kind })
  const absent = absentValue(spec, nullable)
  const { encode } = codec
  return (given) => {
    const value = convert(given)
    if (value === undefined) return absent()
    return typeof value === 'object' && value instanceof ValueProblem ? value : encode(value)
  }
}

/** What a value that is not there becomes. */
export function absentValue(spec: ColumnSpec, nullable: boolean): () => null | ValueProblem {
  if (!spec.optional) return () => new ValueProblem('ABSENT', 'is absent or null, and the column is not optional')
  if (!nullable) return () => new ValueProblem('NOT_NULL', 'is absent or null, and the column takes no NULL')
  return () => null
}

function compileGiven({ origin }: ColumnSpec): (frame: Frame) => unknown {
  switch (origin.from) {
    case 'item': {
      const read = compilePath(origin.path)
      return (frame) => read(frame.value)
    }
    case 'key': {
      const { at } = origin
      if (at === undefined) return (frame) => frame.key
      return ({ key }) => (typeof key === 'object' ? key[at] : undefined)
    }
    case 'index': {
      const { base } = origin
      return (frame) => frame.index + base
    }
    case 'constant': {
      const { value } = origin
      return () => value
    }
    case 'computed': {
      const { compute } = origin
      return (frame) => compute(frame.value as never, frame)
    }
    default:
      return () => undefined
  }
}
