import yargs, { type Options } from 'yargs'
import type { Command, OptionSpec } from '../command.ts'
import { GLOBAL_OPTIONS } from '../common-options.ts'

/** Text of `ferry <command> --help`: what it does, its options, examples. */
export function renderCommandHelp(command: Command): Promise<string> {
  const places = command.positionals.map((place) => (place.required ? `<${place.name}>` : `[${place.name}]`))
  const about = command.positionals.map((place) => `  ${place.name}: ${place.describe}`)
  const usage = [
    `ferry ${[command.name, ...places].join(' ')} [options]`,
    '',
    command.describe,
    ...(about.length > 0 ? ['', ...about] : []),
  ]
  const options = Object.entries<OptionSpec>({ ...command.options, ...GLOBAL_OPTIONS })
  const help = yargs([])
    .scriptName('ferry')
    .locale('en')
    .usage(usage.join('\n'))
    .help(false)
    .version(false)
    .exitProcess(false)
    .wrap(Math.min(110, process.stdout.columns ?? 100))
    .options(Object.fromEntries(options.map(([name, spec]) => [name, toYargsOption(name, spec)])))
  for (const [line, meaning] of command.examples) help.example(line, meaning)
  return help.getHelp()
}

function toYargsOption(name: string, spec: OptionSpec): Options {
  return {
    type: spec.type === 'strings' ? 'string' : spec.type,
    describe: spec.choices === undefined ? spec.describe : `${spec.describe} (${spec.choices.join(', ')})`,
    group: name in GLOBAL_OPTIONS ? 'Everywhere:' : 'Options:',
    ...(spec.alias === undefined ? {} : { alias: spec.alias }),
  }
}
