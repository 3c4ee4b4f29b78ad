import type { ChalkInstance } from 'chalk'
import { COMMANDS } from '../command-list.ts'

/** Text of `ferry --help`. */
export function renderHelp(paint: ChalkInstance): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length)) + 2
  const groups = ['Move', 'Look', 'Undo', 'Around'].flatMap((group) => {
    const lines = COMMANDS.filter((command) => command.group === group).map((command) => `  ${command.name.padEnd(width)}${command.about}`)
    return lines.length === 0 ? [] : [paint.bold(group), ...lines, '']
  })
  return [
    'ferry moves the data an app holds in memory into SQL tables: exactly once, resumable, verified, reversible.',
    '',
    `${paint.bold('Usage')}  ferry <command> [options]`,
    '',
    ...groups,
    paint.bold('Begin with'),
    '  ferry plan        what would happen, without writing',
    '  ferry transfer    do it; Ctrl-C is safe, ferry resume goes on',
    '',
    'ferry <command> --help shows its options and examples; ferry --version the version.',
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done with rejects, 4 verification differs,',
    '            5 another owner holds the run, 6 failed and fully undone, 130 interrupted (resumable).',
  ].join('\n')
}
