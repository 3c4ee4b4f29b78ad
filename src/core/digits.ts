const ZERO = 48
/** Below it, halves of a number are taken apart by 32-bit arithmetic. */
const HALF = 1_000_000_000

/** Writes a whole number from 0 on, up to the greatest safe integer; the place after it. */
export function writeDigits(bytes: Buffer, at: number, value: number): number {
  if (value < 10) {
    bytes[at] = ZERO + value
    return at + 1
  }
  if (value >= HALF) return writePadded(bytes, writeDigits(bytes, at, Math.floor(value / HALF)), value % HALF)
  let end = at + 1
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) end += 1
  let rest = value
  for (let place = end - 1; place >= at; place -= 1) {
    const tenth = (rest / 10) | 0
    bytes[place] = ZERO + rest - 10 * tenth
    rest = tenth
  }
  return end
}

/** Writes the nine digits of a lower half. */
function writePadded(bytes: Buffer, at: number, value: number): number {
  let rest = value
  for (let place = at + 8; place >= at; place -= 1) {
    const tenth = (rest / 10) | 0
    bytes[place] = ZERO + rest - 10 * tenth
    rest = tenth
  }
  return at + 9
}
