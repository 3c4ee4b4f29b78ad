import { compileObject } from './compile-object.ts'
import { createHead, readShaped, type Shape, type ShapedLine } from './read-shaped.ts'

/** Shapes tried for a line, the one that fitted last first. */
const MOST_SHAPES = 8
/** Lines after which a reader whose shapes seldom fit gives up. */
const TRIAL_LINES = 512
/** Objects with more members are left to the whole parser. */
const MOST_MEMBERS = 256
const OPENING_BRACE = 123
const CARRIAGE_RETURN = 13

/** A text cut out of a line's text keeps all of it in memory for as long as it is itself remembered, as keys of parents are. */
const LONGEST_KEPT = 1024

/** How writers put members together: without blanks (JSON.stringify), or with them (Python's json.dumps). */
const STYLES = [
  { comma: ',', colon: ':' },
  { comma: ', ', colon: ': ' },
] as const

export interface ShapeOptions {
  /** The value of a text that is a list or an object; undefined: not sure. */
  nested(text: string): unknown
  /** Whether a member's name, and with it a value, stands for itself; default: any does. */
  takesName?(name: string): boolean
}

/**
 * Parses lines that hold objects with the same members in the same order as lines before, in half the time of JSON.parse: it need not find out
 * what the names are. Says nothing of any other line.
 * Texts, booleans and null are as JSON.parse gives them, and so are numbers of at most 15 digits without an exponent; what has others is left alone.
 */
export class ShapedLines {
  readonly #options: ShapeOptions
  readonly #shapes: Shape[] = []
  #lines = 0
  #fits = 0
  #isOff = false
  /** What lines were read from last, and a view of it. */
  #bytes: Buffer | undefined
  #view: DataView = new DataView(new ArrayBuffer(0))

  constructor(options: ShapeOptions) {
    this.#options = options
  }

  /** The object in valid UTF-8 text; undefined where no shape fits: parse the line then, and `learn` what it was. */
  read(bytes: Buffer, start: number, end: number): Readonly<Record<string, unknown>> | undefined {
    if (this.#isOff || bytes[start] !== OPENING_BRACE) return undefined
    this.#lines += 1
    const line = this.#openLine(bytes, start, end)
    for (let at = 0; at < this.#shapes.length; at += 1) {
      const shape = this.#shapes[at]
      const record = shape === undefined ? undefined : readShaped(shape, line)
      if (shape === undefined || record === undefined) continue
      if (at > 0) this.#putFirst(at, shape)
      this.#fits += 1
      return record
    }
    if (this.#lines === TRIAL_LINES && this.#fits < TRIAL_LINES / 4) this.#isOff = true
    return undefined
  }

  /** A line that no shape fitted, and what it holds. */
  learn(bytes: Buffer, place: { readonly start: number; readonly end: number }, parsed: unknown): void {
    if (this.#isOff || this.#shapes.length >= MOST_SHAPES || bytes[place.start] !== OPENING_BRACE) return
    const names = typeof parsed === 'object' && parsed !== null ? Object.keys(parsed) : []
    const { nested, takesName = () => true } = this.#options
    // In a literal, `__proto__` is the prototype.
    if (names.length === 0 || names.length > MOST_MEMBERS || names.includes('__proto__') || !names.every(takesName)) return
    const toObject = compileObject(names)
    if (toObject === undefined) return
    const line = this.#openLine(bytes, place.start, place.end)
    for (const { comma, colon } of STYLES) {
      const heads = names.map((name, at) => createHead(`${at === 0 ? '{' : comma}${JSON.stringify(name)}${colon}`))
      const shape: Shape = { heads, toObject, nested }
      if (readShaped(shape, line) === undefined) continue
      this.#shapes.push(shape)
      return
    }
  }

  #putFirst(at: number, shape: Shape): void {
    this.#shapes.splice(at, 1)
    this.#shapes.unshift(shape)
  }

  /** A line without the carriage return that some writers put before the newline. */
  #openLine(bytes: Buffer, start: number, end: number): ShapedLine {
    const last = bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end
    const text = last - start <= LONGEST_KEPT ? bytes.toString('latin1', start, last) : undefined
    return { bytes, view: this.#viewOf(bytes), start, end: last, text, at: start }
  }

  #viewOf(bytes: Buffer): DataView {
    if (bytes === this.#bytes) return this.#view
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    return this.#view
  }
}
