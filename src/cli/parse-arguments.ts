import parser, { type Options } from 'yargs-parser'
import type { Command, OptionSpec } from './command.ts'
import { GLOBAL_OPTIONS } from './common-options.ts'
import { suggestName } from './suggest-name.ts'
import { usageError } from './usage-error.ts'

export interface ParsedCall {
  readonly options: Readonly<Record<string, unknown>>
  readonly positionals: readonly string[]
  /** `--help` was asked for; the rest is not read then. */
  readonly help: boolean
}

/** Reads the words after a command's name. yargs itself is needed only for the text of help: its parser alone starts ten times faster. @throws FERRY_CLI_USAGE with a suggestion */
export function parseArguments(command: Command, words: readonly string[]): ParsedCall {
  const specs: Readonly<Record<string, OptionSpec>> = { ...command.options, ...GLOBAL_OPTIONS }
  const { argv, error } = parser.detailed([...words], describeOptions(specs))
  const parsed: Readonly<Record<string, unknown>> = argv
  if (parsed.help === true) return { options: {}, positionals: [], help: true }
  refuseUnknown(command, specs, parsed)
  if (error) throw usageError(lowerFirst(error.message), `ferry ${command.name} --help shows the options`)
  const options: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) options[name] = readOption(command, name, spec, parsed[name])
  return { options, positionals: readPositionals(command, argv._.map(String)), help: false }
}

function describeOptions(specs: Readonly<Record<string, OptionSpec>>): Options {
  const ofType = (type: OptionSpec['type']) => Object.keys(specs).filter((name) => specs[name]?.type === type)
  return {
    boolean: ofType('boolean'),
    string: ofType('string'),
    number: ofType('number'),
    array: ofType('strings').map((key) => ({ key, string: true })),
    narg: Object.fromEntries(Object.entries(specs).flatMap(([name, { type }]) => (type === 'boolean' ? [] : [[name, 1]]))),
    alias: Object.fromEntries(Object.entries(specs).flatMap(([name, { alias }]) => (alias === undefined ? [] : [[name, [alias]]]))),
    configuration: {
      'camel-case-expansion': false,
      'dot-notation': false,
      'boolean-negation': false,
      'parse-positional-numbers': false,
      'greedy-arrays': false,
      'short-option-groups': false,
    },
  }
}

function readOption(command: Command, name: string, spec: OptionSpec, value: unknown): unknown {
  if (value === undefined) return spec.type === 'boolean' ? false : undefined
  if (Array.isArray(value) && spec.type !== 'strings') {
    throw usageError(`--${name} was given ${value.length} times`, `give it once: ferry ${command.name} --help`)
  }
  if (spec.type === 'number' && !(typeof value === 'number' && Number.isFinite(value))) {
    throw usageError(`--${name} needs a number`, `which one: ferry ${command.name} --help`)
  }
  for (const word of Array.isArray(value) ? value : [value]) {
    if (spec.choices !== undefined && !spec.choices.includes(String(word))) {
      throw usageError(`--${name} does not know '${String(word)}'`, suggestChoice(String(word), spec.choices))
    }
  }
  return value
}

function refuseUnknown(command: Command, specs: Readonly<Record<string, OptionSpec>>, parsed: Readonly<Record<string, unknown>>): void {
  const known = new Set([
    '_',
    '$0',
    ...Object.entries(specs).flatMap(([name, { alias }]) => (alias === undefined ? [name] : [name, alias])),
  ])
  const unknown = Object.keys(parsed).find((name) => !known.has(name))
  if (unknown === undefined) return
  const near = suggestName(unknown, Object.keys(specs))
  const dashes = unknown.length === 1 ? '-' : '--'
  throw usageError(
    `ferry ${command.name} has no option ${dashes}${unknown}`,
    `${near === undefined ? '' : `did you mean --${near}? `}ferry ${command.name} --help shows the options`,
  )
}

function readPositionals(command: Command, words: readonly string[]): readonly string[] {
  const extra = words[command.positionals.length]
  if (extra !== undefined)
    throw usageError(`ferry ${command.name} has no place for '${extra}'`, `ferry ${command.name} --help shows how to call it`)
  command.positionals.forEach((place, at) => {
    const word = words[at]
    if (word === undefined) {
      if (place.required)
        throw usageError(`ferry ${command.name} needs <${place.name}>: ${place.describe}`, `ferry ${command.name} --help has examples`)
      return
    }
    if (place.choices !== undefined && !place.choices.includes(word)) {
      throw usageError(`ferry ${command.name} does not know '${word}'`, suggestChoice(word, place.choices))
    }
  })
  return words
}

function suggestChoice(word: string, choices: readonly string[]): string {
  const near = suggestName(word, choices)
  return `${near === undefined ? '' : `did you mean '${near}'? `}possible: ${choices.join(', ')}`
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
