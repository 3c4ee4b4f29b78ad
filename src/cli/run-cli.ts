import { COMMANDS } from './command-list.ts'
import { type Io, openProcessIo } from './io.ts'
import { printError, toFerryError } from './print-error.ts'
import { renderHelp } from './render/render-help.ts'
import { suggestName } from './suggest-name.ts'
import { usageError } from './usage-error.ts'
import { readVersion } from './version.ts'

/** Options that may stand before the command and take the next word. */
const TAKES_VALUE: ReadonlySet<string> = new Set(['--config', '-c', '--env', '--source', '--run'])

/** Runs one call of `ferry`; resolves with its exit code, never rejects. */
export async function runCli(words: readonly string[]): Promise<number> {
  // Needed before the words are understood, so that a usage error obeys them too.
  const flags = words.includes('--') ? words.slice(0, words.indexOf('--')) : words
  const io = openProcessIo({
    json: flags.includes('--json'),
    verbose: flags.includes('--verbose'),
    noColor: flags.includes('--no-color'),
  })
  try {
    return await dispatch(words, io)
  } catch (thrown) {
    const error = toFerryError(thrown)
    printError(error, io)
    return error.exitCode
  }
}

async function dispatch(words: readonly string[], io: Io): Promise<number> {
  const at = words.findIndex((word, place) => !word.startsWith('-') && !TAKES_VALUE.has(words[place - 1] ?? ''))
  const name = at < 0 ? undefined : words[at]
  if (name === undefined || name === 'help') return printOwnHelp(words, io)
  const entry = COMMANDS.find((command) => command.name === name)
  if (entry === undefined) {
    const near = suggestName(
      name,
      COMMANDS.map((command) => command.name),
    )
    throw usageError(
      `there is no command '${name}'`,
      `${near === undefined ? '' : `did you mean 'ferry ${near}'? `}ferry --help lists the commands`,
    )
  }
  const [{ command }, { parseArguments }] = await Promise.all([entry.load(), import('./parse-arguments.ts')])
  const call = parseArguments(command, [...words.slice(0, at), ...words.slice(at + 1)])
  if (call.help) {
    const { renderCommandHelp } = await import('./render/render-command-help.ts')
    io.out(await renderCommandHelp(command))
    return 0
  }
  return command.run(call, io)
}

async function printOwnHelp(words: readonly string[], io: Io): Promise<number> {
  if (words.includes('--version') || words.includes('-V')) {
    io.out(readVersion())
    return 0
  }
  if (words[0] === 'help' && words[1] !== undefined) return dispatch([words[1], '--help'], io)
  const known = ['--help', '-h', '--json', '--verbose', '--no-color', 'help']
  const unknown = words.find((word) => !known.includes(word))
  if (unknown !== undefined) throw usageError(`ferry has no option ${unknown}`, 'ferry --help lists the commands')
  io.out(renderHelp(io.paint))
  return words.includes('--help') || words.includes('-h') || words[0] === 'help' ? 0 : 2
}
