import { loadLuxon } from '../transform/load-luxon.ts'

/** Forms that programs write, in luxon's tokens: days, then what may follow a day. */
const DAYS = [
  'dd/MM/yyyy',
  'MM/dd/yyyy',
  'd/M/yyyy',
  'M/d/yyyy',
  'dd.MM.yyyy',
  'd.M.yyyy',
  'dd-MM-yyyy',
  'MM-dd-yyyy',
  'yyyy/MM/dd',
  'yyyyMMdd',
  'd MMM yyyy',
  'd MMMM yyyy',
  'MMM d, yyyy',
  'MMMM d, yyyy',
  'dd-MMM-yyyy',
  'EEE MMM d yyyy',
]
const TIMES = ['', ' HH:mm', ' HH:mm:ss', ' HH:mm:ss.SSS', ' h:mm a', ', HH:mm', ', HH:mm:ss', ' HH:mm:ss ZZZ']
const OTHERS = [
  'yyyy, MMMM',
  'MMMM yyyy',
  'yyyy-MM',
  'yyyy',
  "yyyy-MM-dd'T'HH:mm:ssZZZ",
  'yyyy-MM-dd HH:mm:ss ZZZ',
  'EEE, dd MMM yyyy HH:mm:ss ZZZ',
]

export interface DateCase {
  /** `sessions.check_in_at`. */
  readonly place: string
  /** Of the column: `date` or `timestamp`. */
  readonly kind: string | undefined
  readonly values: readonly unknown[]
  /** How many are invalid, of how many items. */
  readonly count: number
  readonly items: number
}

/** The pattern that reads every text, day-first and month-first ones told apart by a part above 12. Nothing is declared by guessing: two patterns are both named. */
export function suggestDate({ place, kind, values, count, items }: DateCase): string {
  const texts = values.filter((value) => typeof value === 'string')
  const [first] = texts
  if (first === undefined) return `${place}: no text is there to read a date of; give null in computed() and declare .optional()`
  const head = `${place}: ${JSON.stringify(first)} in ${count} records`
  const builder = kind === 'date' ? 'date' : 'timestamp'
  const declare = (pattern: string) => `.${builder}({ pattern: '${pattern}'${needsZone(pattern, builder) ? ", zone: 'UTC'" : ''} })`
  const [one, two] = patternsOf(texts)
  if (one === undefined) {
    const mixed = patternsOf([first]).length > 0 ? 'the texts are of several forms' : 'no usual pattern reads it'
    return `${head}, ${mixed}: turn them into ISO 8601 in computed(), or allow the rejects`
  }
  const or = two === undefined ? '' : `, or ${two}: the values do not tell`
  const others =
    count < items
      ? `; it then reads only this form, and ${items - count} records have another: where those are dates, read both in computed()`
      : ''
  return `${head}: declare ${declare(one)}${or}${others}`
}

/** Patterns that read all of the texts; of those that differ in leading zeros only, the first. */
function patternsOf(texts: readonly string[]): readonly string[] {
  const { DateTime } = loadLuxon()
  const reads = (pattern: string) => texts.every((text) => DateTime.fromFormat(text, pattern, { zone: 'utc', locale: 'en-US' }).isValid)
  const found = [...DAYS.flatMap((day) => TIMES.map((time) => `${day}${time}`)), ...OTHERS].filter(reads)
  const bare = (pattern: string) => pattern.replace('dd', 'd').replace('MM/', 'M/').replace('MM.', 'M.').replace('MMMM', 'MMM')
  return found.filter((pattern, at) => found.findIndex((other) => bare(other) === bare(pattern)) === at)
}

function needsZone(pattern: string, builder: string): boolean {
  return builder === 'timestamp' && !pattern.includes('ZZZ')
}
