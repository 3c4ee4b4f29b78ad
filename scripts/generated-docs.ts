import { Chalk } from 'chalk'
import { COMMANDS } from '../src/cli/command-list.ts'
import { renderCommandHelp } from '../src/cli/render/render-command-help.ts'
import { renderHelp } from '../src/cli/render/render-help.ts'
import { TRANSITIONS } from '../src/core/run-status.ts'

/** A part of a page that is written from the code: between `<!-- generated: name -->` and `<!-- end -->`. */
export interface GeneratedPart {
  readonly page: string
  readonly name: string
  render(): Promise<string>
}

/** Every generated part of the docs. */
export const GENERATED_PARTS: readonly GeneratedPart[] = [
  { page: 'docs/cli.md', name: 'commands', render: renderCommands },
  { page: 'ARCHITECTURE.md', name: 'transitions', render: renderTransitions },
]

/** The page's text with the part renewed. Throws where the page has no such part. */
export function replacePart(text: string, name: string, content: string): string {
  const start = `<!-- generated: ${name} -->\n`
  const from = text.indexOf(start)
  const to = text.indexOf('<!-- end -->', from)
  if (from < 0 || to < 0) throw new Error(`there is no part ${name}`)
  return text.slice(0, from + start.length) + content + text.slice(to)
}

async function renderCommands(): Promise<string> {
  const sections = [`\n\`\`\`text\n${renderHelp(new Chalk({ level: 0 }))}\n\`\`\`\n`]
  for (const entry of COMMANDS) {
    const { command } = await entry.load()
    sections.push(`\n## ferry ${entry.name}\n\n\`\`\`text\n${(await renderCommandHelp(command)).trimEnd()}\n\`\`\`\n`)
  }
  return `${sections.join('')}\n`
}

async function renderTransitions(): Promise<string> {
  const lines = TRANSITIONS.map(({ from, to, why }) => `| ${from} | ${to} | ${why} |\n`)
  return `| from | to | because |\n| --- | --- | --- |\n${lines.join('')}`
}
