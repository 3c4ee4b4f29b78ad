import type { EngineFault } from '../target/target.ts'

export interface Refused<Row> {
  readonly row: Row
  readonly fault: EngineFault
}

/** However many were refused before, so many rows are tried together. */
const FEWEST = 32

/**
 * Writes rows together inside the caller's transaction; where the engine refuses one, around the row it named, else by halves, in source order and cumulatively:
 * everything before a row is written when that row is tried, so the first of two duplicates wins. `write` resolves with the refusal of a part, of which nothing is written then.
 * After a refusal fewer are tried at once, and more again as they are taken: where every other row is refused, the rest is not sent again for each.
 */
export async function isolateRefused<Row>(
  rows: readonly Row[],
  write: (part: readonly Row[]) => Promise<EngineFault | undefined>,
): Promise<readonly Refused<Row>[]> {
  const refused: Refused<Row>[] = []
  const waiting: (readonly Row[])[] = rows.length === 0 ? [] : [rows]
  let most = Number.POSITIVE_INFINITY
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const part = next.slice(0, most)
    if (part.length < next.length) waiting.push(next.slice(part.length))
    const fault = await write(part)
    if (fault === undefined) {
      most = Math.max(most, 4 * part.length)
      continue
    }
    most = Math.max(FEWEST, part.length >> 2)
    const [only] = part
    if (part.length === 1 && only !== undefined) refused.push({ row: only, fault })
    else waiting.push(...split(part, fault))
  }
  return refused
}

/** The parts still to be tried, last first: around the row the engine named, else two halves. */
function split<Row>(part: readonly Row[], fault: EngineFault): (readonly Row[])[] {
  const named = fault.row === undefined ? -1 : fault.row - 1
  if (named >= 0 && named < part.length) {
    return [part.slice(named + 1), part.slice(named, named + 1), part.slice(0, named)].filter((piece) => piece.length > 0)
  }
  const middle = part.length >> 1
  return [part.slice(middle), part.slice(0, middle)]
}

/** Stands for the fault of rows that were written by one statement, of which there is none for a single row. */
export const SEVERAL_REFUSED: EngineFault = Object.freeze<EngineFault>({ kind: 'other' })
