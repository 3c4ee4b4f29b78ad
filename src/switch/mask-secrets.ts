import { type Node, parseTree } from 'jsonc-parser'
import { redactSecrets } from '../core/redact-secrets.ts'
import { readEnv } from './edit-env.ts'

const MASK = '***'
const SECRET_NAME = /pass|pwd|secret|token|key|credential|auth|private|salt|dsn|signature|cert/i

/** An .env or JSON text with secret-looking values masked; one that differs from its value in the `old` text gets another mask, so that a diff shows it. */
export function maskSecrets(text: string, options: { readonly json: boolean; readonly old?: string }): string {
  const spansOf = options.json ? jsonSpans : envSpans
  const { old } = options
  const before = old === undefined ? undefined : new Map(spansOf(old).map(({ name, start, end }) => [name, old.slice(start, end)]))
  const spans = spansOf(text)
  let masked = text
  for (const { name, start, end } of [...spans].sort((a, b) => b.start - a.start)) {
    if (!SECRET_NAME.test(name) || end === start) continue
    const mask = before === undefined || before.get(name) === text.slice(start, end) ? MASK : `${MASK} (new)`
    masked = `${masked.slice(0, start)}${options.json ? JSON.stringify(mask) : mask}${masked.slice(end)}`
  }
  return redactSecrets(masked)
}

interface Span {
  /** JSON: the dotted path. */
  readonly name: string
  readonly start: number
  readonly end: number
}

function envSpans(text: string): readonly Span[] {
  return readEnv(text).map(({ name, start, end }) => {
    const raw = text.slice(start, end)
    return { name, start: start + (raw.length - raw.trimStart().length), end: start + raw.trimEnd().length }
  })
}

function jsonSpans(text: string): readonly Span[] {
  const spans: Span[] = []
  const walk = (node: Node, path: readonly string[]): void => {
    if (node.type === 'property') {
      const [name, value] = node.children ?? []
      if (value !== undefined) walk(value, [...path, String(name?.value)])
    } else if (node.type === 'object' || node.type === 'array') {
      for (const child of node.children ?? []) walk(child, path)
    } else {
      spans.push({ name: path.join('.'), start: node.offset, end: node.offset + node.length })
    }
  }
  const root = parseTree(text, [], { allowTrailingComma: true })
  if (root !== undefined) walk(root, [])
  return spans
}
