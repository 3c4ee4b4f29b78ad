import { editError, type NewValues } from './edit-error.ts'

/** One assignment of an .env file, as dotenv reads it. */
export interface EnvEntry {
  readonly name: string
  readonly value: string
  /** Where the value stands in the text, quotes and surrounding blanks included; start = end where there is none. */
  readonly start: number
  readonly end: number
  readonly exported: boolean
}

// The line of dotenv 17 (https://github.com/motdotla/dotenv/blob/master/lib/main.js), with groups for `export` and the sign.
const LINE =
  /^\s*(export\s+)?([\w.-]+)(\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?(?:$|$)/dgm

/** Reads a text as dotenv does: quotes of three kinds, values over several lines, comments. Order of the file; a name may come twice. */
export function readEnv(text: string): readonly EnvEntry[] {
  const entries: EnvEntry[] = []
  for (const match of text.matchAll(LINE)) {
    const [, exported, name = '', , raw = ''] = match
    const sign = match.indices?.[3]?.[1] ?? 0
    const [start, end] = match.indices?.[4] ?? [sign, sign]
    entries.push({ name, value: readValue(raw), start, end, exported: exported !== undefined })
  }
  return entries
}

function readValue(raw: string): string {
  const value = raw.replaceAll('\r\n', '\n').trim()
  const bare = value.replace(/^(['"`])([\s\S]*)\1$/gm, '$2')
  return value.startsWith('"') ? bare.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : bare
}

/**
 * Sets values in an .env text and leaves every other byte as it is: comments, order, quotes, `export`, line ends. Of a name given twice the
 * last one counts, so that one is set; a new name goes to the end. null sets the empty value.
 * @throws FERRY_SWITCH_FAILED when a value cannot be written so that dotenv reads it back
 */
export function editEnv(text: string, set: NewValues): string {
  const wanted = new Map(Object.entries(set).map(([name, value]) => [name, value === null ? '' : String(value)]))
  let edited = text
  for (const [name, value] of wanted) edited = setOne(edited, name, value)
  assertReads(text, edited, wanted)
  return edited
}

function setOne(text: string, name: string, value: string): string {
  const entries = readEnv(text)
  const entry = entries.findLast((each) => each.name === name)
  if (entry === undefined) return append(text, name, { value, exported: entries.length > 0 && entries.every(({ exported }) => exported) })
  if (entry.value === value) return text
  const raw = text.slice(entry.start, entry.end)
  const [, before = '', old = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(raw) ?? []
  const blanks = old === '' ? ['', before + after] : [before, after]
  // A comment that touched the value would become a part of it for a shell.
  const gap = text[entry.end] === '#' && blanks[1] === '' ? ' ' : ''
  return `${text.slice(0, entry.start)}${blanks[0]}${quoteLike(old, value)}${blanks[1]}${gap}${text.slice(entry.end)}`
}

function append(text: string, name: string, { value, exported }: { value: string; exported: boolean }): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const gap = text === '' || text === '\uFEFF' || /[\r\n]$/.test(text) ? '' : eol
  return `${text}${gap}${exported ? 'export ' : ''}${name}=${quoteLike('', value)}${eol}`
}

/** The value in the quotes the old one had where they can hold it, else in the first that can. */
function quoteLike(old: string, value: string): string {
  const style = /^(['"`])[\s\S]*\1$/.exec(old)?.[1] ?? ''
  const styles = value.includes('$') ? ["'", style, '"', '`'] : [style, "'", '"', '`']
  const fitting = styles.find((quote) => canHold(quote, value)) ?? style
  return `${fitting}${fitting === '"' ? value.replaceAll('\n', '\\n') : value}${fitting}`
}

function canHold(quote: string, value: string): boolean {
  if (quote === '') return /^[\p{L}\p{N}_.,:/@%+=-]*$/u.test(value) // what a shell, too, takes as one word
  if (value.includes(quote) || value.includes('\r') || value.endsWith('\\')) return false
  return quote !== '"' || !/\\[nr]/.test(value)
}

/** The proof: read back, the new text differs from the old in the wanted values alone. */
function assertReads(before: string, after: string, wanted: ReadonlyMap<string, string>): void {
  const expected = new Map([...toValues(before), ...wanted])
  const found = toValues(after)
  const wrong = [...new Set([...expected.keys(), ...found.keys()])].find((name) => expected.get(name) !== found.get(name))
  if (wrong === undefined) return
  throw editError(
    `the value of ${wrong} cannot be written so that it reads back the same`,
    'Edit this file by hand: no quotes can hold the value.',
  )
}

function toValues(text: string): Map<string, string> {
  return new Map(readEnv(text).map(({ name, value }) => [name, value]))
}
