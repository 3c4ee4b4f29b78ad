import type { Dialect } from '../target/target.ts'

/** Longer IN lists gain nothing and cost planning time on every engine. */
const LONGEST_LIST = 500

/** How many values of `width` bindings one IN list may hold beside `others` bindings. */
export function listSize(dialect: Dialect, width = 1, others = 0): number {
  return Math.max(1, Math.min(LONGEST_LIST, Math.floor((dialect.maxBindings - others) / width)))
}

/** Cuts a list into pieces of at most `size`, in order. */
export function* chunksOf<T>(values: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < values.length; at += size) yield values.slice(at, at + size)
}

/** `?,?,?` for `count` values. */
export function placeholders(count: number): string {
  return new Array<string>(count).fill('?').join(',')
}
