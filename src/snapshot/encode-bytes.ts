import { types } from 'node:util'
import { TYPED_ARRAYS } from './tags.ts'

export type Bytes = ArrayBufferView | ArrayBuffer | SharedArrayBuffer

/** Tells whether a value is binary: Buffer, typed array, DataView, ArrayBuffer. */
export function isBytes(value: object): value is Bytes {
  return ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)
}

/** Tagged text of a binary value; only the bytes its view shows. */
export function encodeBytes(value: Bytes): string {
  if (!ArrayBuffer.isView(value)) return typed(types.isSharedArrayBuffer(value) ? 'SharedArrayBuffer' : 'ArrayBuffer', Buffer.from(value))
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (Buffer.isBuffer(value)) return `{"$bytes":"${bytes.toString('base64')}"}`
  return typed(types.isDataView(value) ? 'DataView' : typedArrayName(value), bytes)
}

function typed(name: string, bytes: Buffer): string {
  return `{"$typed":["${name}","${bytes.toString('base64')}"]}`
}

function typedArrayName(value: ArrayBufferView): string {
  return Object.entries(TYPED_ARRAYS).find(([, type]) => value instanceof type)?.[0] ?? 'Uint8Array'
}

/** The binary value of a `$typed` tag, or undefined where the class is none of the known ones or the length does not fit. */
export function decodeBytes(name: string, base64: string): Bytes | undefined {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  if (name === 'ArrayBuffer') return bytes.buffer
  if (name === 'SharedArrayBuffer') return bytes.buffer
  if (name === 'DataView') return new DataView(bytes.buffer)
  const type = Object.entries(TYPED_ARRAYS).find(([known]) => known === name)?.[1]
  return type === undefined || bytes.byteLength % type.BYTES_PER_ELEMENT !== 0 ? undefined : new type(bytes.buffer)
}
