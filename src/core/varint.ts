/** Bytes of a SQLite variable-length integer (https://www.sqlite.org/fileformat2.html#varint), for values below 2^53. */
export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1
  return size
}

/** Writes one at `at`; the place after it. */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  if (value < 128) {
    bytes[at] = value
    return at + 1
  }
  const size = varintSize(value)
  let rest = value
  for (let place = at + size - 1; place >= at; place -= 1) {
    bytes[place] = (rest % 128) | (place === at + size - 1 ? 0 : 0x80)
    rest = Math.floor(rest / 128)
  }
  return at + size
}
