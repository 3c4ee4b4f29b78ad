const SLICE_BYTES = 65_536

/** Bytes as chunks of 64 KiB over the same memory. */
export function* sliceBytes(bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    yield Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(SLICE_BYTES, bytes.length - at))
  }
}
