/** A fenced block of a page. */
export interface CodeBlock {
  readonly language: string
  readonly text: string
  /** Line of the fence, from 1. */
  readonly line: number
}

/** Every fenced block of a Markdown text, in order. */
export function readCodeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? '',
    text: match[2] ?? '',
    line: markdown.slice(0, match.index).split('\n').length,
  }))
}
