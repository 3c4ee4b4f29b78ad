/** Changed lines of a text, `-` old and `+` new, each with one line before and after it and `@@ line` where some were left out; [] for equal texts. */
export function diffLines(before: string, after: string): readonly string[] {
  const [old, now] = [before.split(/\r?\n/), after.split(/\r?\n/)]
  const lines = align(old, now)
  const shown = lines.map(
    ({ sign }, at) => sign !== ' ' || [lines[at - 1], lines[at + 1]].some((near) => near !== undefined && near.sign !== ' '),
  )
  const diff: string[] = []
  for (const [at, { sign, text, number }] of lines.entries()) {
    if (!shown[at]) continue
    if (!shown[at - 1]) diff.push(`@@ line ${number}`)
    diff.push(`${sign}${text}`)
  }
  return diff
}

interface Line {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
  /** Of the old text, from 1. */
  readonly number: number
}

/** Above this, what lies between the equal beginning and end is shown as replaced whole: the table below grows with the product. */
const MOST_CELLS = 1_000_000

/** Equal beginning and end first, then the longest common lines of what is left. */
function align(old: readonly string[], now: readonly string[]): readonly Line[] {
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1
  let tail = 0
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1
  const [left, right] = [old.slice(head, old.length - tail), now.slice(head, now.length - tail)]
  const rest = old.slice(old.length - tail)
  return [
    ...old.slice(0, head).map((text, at) => ({ sign: ' ' as const, text, number: at + 1 })),
    ...alignMiddle(left, right, head + 1),
    ...rest.map((text, at) => ({ sign: ' ' as const, text, number: old.length - tail + at + 1 })),
  ]
}

function alignMiddle(left: readonly string[], right: readonly string[], first: number): readonly Line[] {
  const width = right.length + 1
  const common = new Uint32Array(left.length * right.length > MOST_CELLS ? 0 : (left.length + 1) * width)
  const at = (l: number, r: number) => common[l * width + r] ?? 0
  if (common.length > 0) {
    for (let l = left.length - 1; l >= 0; l -= 1) {
      for (let r = right.length - 1; r >= 0; r -= 1) {
        common[l * width + r] = left[l] === right[r] ? at(l + 1, r + 1) + 1 : Math.max(at(l + 1, r), at(l, r + 1))
      }
    }
  }
  const lines: Line[] = []
  let [l, r] = [0, 0]
  while (l < left.length || r < right.length) {
    const [gone, come] = [left[l], right[r]]
    if (common.length > 0 && gone !== undefined && gone === come) {
      lines.push({ sign: ' ', text: gone, number: first + l })
      l += 1
      r += 1
    } else if (gone !== undefined && (come === undefined || at(l + 1, r) >= at(l, r + 1))) {
      lines.push({ sign: '-', text: gone, number: first + l })
      l += 1
    } else {
      lines.push({ sign: '+', text: come ?? '', number: first + l })
      r += 1
    }
  }
  return lines
}
