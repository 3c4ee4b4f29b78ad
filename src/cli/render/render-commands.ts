import type { ChalkInstance } from 'chalk'

/** Commands that make sense now, aligned, each with its why; [] for none. */
export function renderCommands(commands: readonly { readonly command: string; readonly why: string }[], paint: ChalkInstance): string[] {
  if (commands.length === 0) return []
  const width = Math.max(...commands.map(({ command }) => command.length))
  return ['next:', ...commands.map(({ command, why }) => `  ${paint.cyan(command)}${' '.repeat(width - command.length)}  ${why}`)]
}
