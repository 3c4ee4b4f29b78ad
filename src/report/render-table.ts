export interface TableColumn {
  readonly title: string
  /** Numbers stand right. */
  readonly align?: 'left' | 'right'
  /** Cut longer cells at this many columns of the terminal. */
  readonly maxWidth?: number
}

export interface TableOptions {
  /** Put before each line. */
  readonly indent?: string
  /** Dresses the heading (dim, bold). */
  readonly dress?: (heading: string) => string
}

/** Blocks whose characters take two columns of a terminal: Hangul Jamo, CJK, Hangul, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u
/** Marks that sit on the character before, and joiners. */
const ZERO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u
/** Controls, line separators and direction marks: they would move the cursor, end the line or turn the words round. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu

/** Columns of a terminal that a text takes, roughly: wide characters count two, marks none. */
export function measureWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += ZERO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

/** The text with control characters shown as `\uNNNN`, so that data cannot drive the terminal. */
export function showControls(text: string): string {
  return text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The beginning of a text, with `…` where something was cut. */
export function cutText(text: string, maxWidth: number): string {
  if (measureWidth(text) <= maxWidth) return text
  let cut = ''
  let width = 0
  for (const character of text) {
    const next = measureWidth(character)
    if (width + next > maxWidth - 1) break
    cut += character
    width += next
  }
  return `${cut}…`
}

/** The text in lines of at most `width` columns, broken at spaces; a longer word keeps its own line. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of showControls(text).split(' ')) {
    if (line !== '' && measureWidth(line) + 1 + measureWidth(word) > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - measureWidth(text)))
  return align === 'right' ? space + text : text + space
}

/** Lines of an aligned plain table: heading, then one line a row; cells are made safe for a terminal. No rows, no lines. */
export function renderTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  if (rows.length === 0) return []
  const cells = rows.map((row) => columns.map((column, at) => cutText(showControls(row[at] ?? ''), column.maxWidth ?? 200)))
  const widths = columns.map((column, at) => Math.max(measureWidth(column.title), ...cells.map((row) => measureWidth(row[at] ?? ''))))
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align ?? 'left'))
      .join('  ')
      .trimEnd()
  const indent = options.indent ?? ''
  const dress = options.dress ?? ((heading: string) => heading)
  return [indent + dress(line(columns.map((column) => column.title))), ...cells.map((row) => indent + line(row))]
}
