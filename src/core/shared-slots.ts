/** A copy of slots where other threads can see it; slots that they see already, themselves. */
export function toShared<Slots extends Uint32Array | Float64Array>(slots: Slots, open: (shared: SharedArrayBuffer) => Slots): Slots {
  if (slots.buffer instanceof SharedArrayBuffer) return slots
  const shared = open(new SharedArrayBuffer(slots.byteLength))
  shared.set(slots)
  return shared
}
