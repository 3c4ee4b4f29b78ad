/** Why a text is not taken; `cut` tells that it ends too early, `hint` what to do, where that is known. Holds no value of the text. */
export class JsonProblem extends Error {
  readonly cut: boolean
  readonly hint: string | undefined
  constructor(reason: string, cut: boolean, options: { readonly hint?: string } = {}) {
    super(reason)
    this.name = 'JsonProblem'
    this.cut = cut
    this.hint = options.hint
  }
}

/**
 * JSON.parse that rounds no integer: a literal whose digits a number would lose becomes a bigint. A member `__proto__` stays data.
 * As with JSON.parse, of two members of one name the last wins, and members named like list indexes come first, in ascending order.
 * @throws JsonProblem for text that is not JSON, or a number too large for any number
 */
export function parseJsonExactly(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text)
    return holdsWide(parsed, 0) ? parseWide(text) : parsed
  } catch (error) {
    if (error instanceof JsonProblem) throw error
    throw describeFailure(text, error)
  }
}

/** The same, and undefined for what it refuses. */
export function parseIfExact(text: string): unknown {
  try {
    return parseJsonExactly(text)
  } catch {
    return undefined
  }
}

/** Deeper values are refused: no reader's stack is exhausted by them. */
const MAX_DEPTH = 512

/** Only an integer beyond the safe ones can have lost digits, so most records cost one look at each member. */
function holdsWide(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return isWide(value)
  if (typeof value !== 'object' || value === null) return false
  if (depth > MAX_DEPTH) throw new JsonProblem(`it is nested deeper than ${MAX_DEPTH}`, false)
  if (Array.isArray(value)) return value.some((member) => holdsWide(member, depth + 1))
  const record = value as Readonly<Record<string, unknown>>
  for (const name in record) {
    const member = record[name]
    if (typeof member === 'number' ? isWide(member) : typeof member === 'object' && holdsWide(member, depth + 1)) return true
  }
  return false
}

function isWide(value: number): boolean {
  return value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER
}

/** Strings first, so that digits inside them are passed over. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs

function parseWide(text: string): unknown {
  let mark = 'ferry-bigint:'
  while (text.includes(mark)) mark = `+${mark}`
  let found = false
  const marked = text.replace(TOKEN, (token, offset: number) => {
    if (token.startsWith('"')) return token
    if (!Number.isFinite(Number(token))) throw tooLarge(offset)
    if (!losesDigits(token)) return token
    found = true
    return `"${mark}${token}"`
  })
  const parsed: unknown = JSON.parse(marked)
  return found ? unmark(parsed, mark) : parsed
}

function tooLarge(offset: number): JsonProblem {
  return new JsonProblem(`it holds a number that is larger than any number, at character ${offset + 1}`, false, {
    hint: 'Correct that number, or write it as a text.',
  })
}

function losesDigits(token: string): boolean {
  if (token.length < 16 || !/^-?\d+$/.test(token)) return false
  return BigInt(token) !== BigInt(Number(token))
}

function unmark(value: unknown, mark: string): unknown {
  if (typeof value === 'string') return value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value
  if (typeof value !== 'object' || value === null) return value
  for (const [name, member] of Object.entries(value)) {
    const real = unmark(member, mark)
    if (real !== member) Object.defineProperty(value, name, { value: real, enumerable: true, configurable: true, writable: true })
  }
  return value
}

/** The parser's own message quotes the text, so only its place is taken from it. */
function describeFailure(text: string, error: unknown): JsonProblem {
  const message = error instanceof Error ? error.message : ''
  const isCut = /end of JSON|Unterminated|after (?:array element|property value)/.test(message) && isAtEnd(text, message)
  if (isCut) return new JsonProblem('it is cut: the end is missing', true)
  const position = /at position (\d+)/.exec(message)?.[1]
  return new JsonProblem(`it is not JSON${position === undefined ? '' : `, at character ${position}`}`, false)
}

function isAtEnd(text: string, message: string): boolean {
  const position = /at position (\d+)/.exec(message)?.[1]
  return position === undefined || message.includes('Unterminated') || Number(position) >= text.trimEnd().length
}
