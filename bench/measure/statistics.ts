/** Median, least and greatest of some numbers. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly greatest: number
}

/** Of an even count the upper one of the two in the middle: a figure that was measured. @throws RangeError for none */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const median = sorted[sorted.length >> 1]
  const [least] = sorted
  const greatest = sorted.at(-1)
  if (median === undefined || least === undefined || greatest === undefined) throw new RangeError('no values')
  return { median, least, greatest }
}

/** Round by round, since both of a round met the same machine. */
export function ratioOf(values: readonly number[], base: readonly number[]): Spread {
  return spreadOf(values.map((value, round) => value / (base[round] ?? Number.NaN)))
}
