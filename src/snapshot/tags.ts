/**
 * Tags of the snapshot format, version 1. A tagged value is an object with exactly one member (two for `$class`) whose name is a tag:
 *
 * | form | stands for |
 * |---|---|
 * | `{"$undefined":1}`, `{"$hole":1}` | undefined; a hole of a sparse list |
 * | `{"$number":"NaN"}` | NaN, Infinity, -Infinity, -0 |
 * | `{"$bigint":"12"}` | a bigint |
 * | `{"$date":"2025-08-31T00:00:00.000Z"}`, `{"$date":null}` | a Date; an invalid Date |
 * | `{"$map":[[key,value],...]}`, `{"$set":[...]}` | a Map, a Set, in insertion order |
 * | `{"$bytes":"base64"}` | a Buffer |
 * | `{"$typed":["Float64Array","base64"]}` | a typed array, DataView or ArrayBuffer (little endian) |
 * | `{"$regexp":["source","flags"]}` | a RegExp; read as `{ source, flags }`, never compiled |
 * | `{"$error":{"name":...,"message":...,...}}` | an Error; read as a plain object |
 * | `{"$bare":{...}}` | an object without prototype |
 * | `{"$class":"Spot","$value":{...}}` | an instance of a class; read as a plain object, no class is built |
 * | `{"$ref":["floors",0]}` | an object met before in the same value, by its path from there |
 * | `{"$unreadable":{"raw":...,"reason":...}}` | only as the value of a line: a place of the source that could not be read |
 *
 * Steps of a path are member names, list indexes, `[n, 0]` and `[n, 1]` (two steps) for key and value of a Map's n-th entry, `n` for a Set's n-th member.
 * A real member name that begins with `$`, or is `__proto__` or `toJSON`, is written with `$$` before it.
 * Lone surrogates are written as `\udXXX` escapes, which every JSON reader of JavaScript gives back as they were.
 */
export const ESCAPE = '$$'

/** Values nested deeper than this are refused on both ways, so that no reader's stack can be exhausted. */
export const MAX_DEPTH = 256

/** Tells whether a real member name must be escaped. */
export function isEscaped(name: string): boolean {
  return name.charCodeAt(0) === 36 || name === '__proto__' || name === 'toJSON'
}

/** One step of a path inside a value. */
export type Step = string | number

/** A JSON pointer for messages: `/floors/0`. */
export function renderPath(path: readonly Step[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') || '(the whole value)'
}

/** Binary classes a snapshot can hold; all others are refused. */
export const TYPED_ARRAYS = Object.freeze({
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
})
