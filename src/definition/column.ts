import {
  type DecimalOptions,
  type EnumInput,
  enumKind,
  type ReadOptions,
  readEnum,
  type TextOptions,
  type TimeOptions,
} from './conversions.ts'
import type { ColumnOrigin, ColumnSpec, Conversion } from './transfer.ts'

/** Type level only: what a column needs of its mapping's record and item. */
declare const needs: unique symbol

/** A finished column of a mapping: `Field` paths of the record, `Item` paths of the item, `Value` what its functions take. */
export interface Column<Field extends string = string, Item extends string = string, Value = unknown> {
  readonly spec: ColumnSpec
  readonly [needs]?: { readonly field: Field; readonly item: Item; readonly value: (value: Value) => void }
}

/** A finished column that may still be told to be nullable. */
export interface RequiredColumn<Field extends string, Item extends string, Value> extends Column<Field, Item, Value> {
  /** Absent, undefined and null become NULL instead of a reject. */
  optional(): Column<Field, Item, Value>
}

/** A column that has an origin and still needs the kind of its values. */
export interface UntypedColumn<Field extends string, Item extends string, Value> {
  text(options?: TextOptions): RequiredColumn<Field, Item, Value>
  /** Whole numbers up to 2^53. */
  integer(options?: ReadOptions): RequiredColumn<Field, Item, Value>
  /** Whole numbers of any size, from numbers, bigints and (`parse`) digits. */
  bigint(options?: ReadOptions): RequiredColumn<Field, Item, Value>
  /** A 64-bit float as it is; exact amounts are decimals. */
  float(options?: ReadOptions): RequiredColumn<Field, Item, Value>
  decimal(options?: DecimalOptions): RequiredColumn<Field, Item, Value>
  boolean(options?: ReadOptions): RequiredColumn<Field, Item, Value>
  timestamp(options?: TimeOptions): RequiredColumn<Field, Item, Value>
  date(options?: TimeOptions): RequiredColumn<Field, Item, Value>
  time(options?: TimeOptions): RequiredColumn<Field, Item, Value>
  uuid(options?: ReadOptions): RequiredColumn<Field, Item, Value>
  /** From Uint8Array, `{ $binary }`, or (`parse`) base64 text. */
  bytes(options?: ReadOptions): RequiredColumn<Field, Item, Value>
  /** Any value as JSON text; with `parse` a text that already is JSON. */
  json(options?: ReadOptions): RequiredColumn<Field, Item, Value>
  /** A fixed set of values; any other is a reject. */
  oneOf(values: EnumInput, options?: Pick<ReadOptions, 'emptyAsNull'>): RequiredColumn<Field, Item, Value>
}

/** A column whose kind follows from its origin, and may be said all the same. */
export type TypedColumn<Field extends string, Item extends string, Value> = RequiredColumn<Field, Item, Value> &
  UntypedColumn<Field, Item, Value>

/** A column of an origin. `convert`: the kind it has unless another is said. */
export function createColumn<Field extends string, Item extends string, Value>(
  origin: ColumnOrigin,
  convert?: Conversion,
): TypedColumn<Field, Item, Value> {
  const spec = (conversion: Conversion | undefined, optional: boolean): ColumnSpec =>
    Object.freeze({ origin: Object.freeze(origin), convert: conversion && Object.freeze(conversion), optional })
  const required = (conversion: Conversion | undefined): RequiredColumn<Field, Item, Value> =>
    Object.freeze({ spec: spec(conversion, false), optional: () => Object.freeze({ spec: spec(conversion, true) }) })
  const as =
    <Options extends object>(kind: Conversion['kind']) =>
    (options?: Options) =>
      required({ kind, ...options })
  return Object.freeze({
    ...required(convert),
    text: as<TextOptions>('text'),
    integer: as<ReadOptions>('integer'),
    bigint: as<ReadOptions>('bigint'),
    float: as<ReadOptions>('float'),
    decimal: as<DecimalOptions>('decimal'),
    boolean: as<ReadOptions>('boolean'),
    timestamp: as<TimeOptions>('timestamp'),
    date: as<TimeOptions>('date'),
    time: as<TimeOptions>('time'),
    uuid: as<ReadOptions>('uuid'),
    bytes: as<ReadOptions>('bytes'),
    json: as<ReadOptions>('json'),
    oneOf: (input: EnumInput, options?: Pick<ReadOptions, 'emptyAsNull'>) => {
      const values = readEnum(input)
      return required({ kind: enumKind(values), values, ...options })
    },
  })
}
