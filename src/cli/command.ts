import type { Io } from './io.ts'

/** One option of a command; its name is the key it stands under, without dashes. */
export interface OptionSpec {
  /** `strings` may be given several times. */
  readonly type: 'boolean' | 'string' | 'number' | 'strings'
  readonly describe: string
  readonly choices?: readonly string[]
  readonly alias?: string
}

export interface PositionalSpec {
  readonly name: string
  readonly describe: string
  readonly required?: boolean
  readonly choices?: readonly string[]
}

type OptionSpecs = Readonly<Record<string, OptionSpec>>

type ValueOf<S extends OptionSpec> = S['type'] extends 'boolean'
  ? boolean
  : S['type'] extends 'number'
    ? number
    : S['type'] extends 'strings'
      ? readonly string[]
      : string

/** Values of a command's options by name; undefined where not given (booleans: false). */
export type OptionValues<O extends OptionSpecs> = {
  readonly [K in keyof O]: O[K]['type'] extends 'boolean' ? boolean : ValueOf<O[K]> | undefined
}

/** A command as written in its file. */
export interface CommandSpec<O extends OptionSpecs> {
  readonly name: string
  /** One sentence for the head of `--help`. */
  readonly describe: string
  readonly positionals?: readonly PositionalSpec[]
  readonly options: O
  /** Command line and what it does; shown by `--help`, run by tests. */
  readonly examples: readonly (readonly [string, string])[]
  /** Resolves with the exit code. */
  run(call: { readonly options: OptionValues<O>; readonly positionals: readonly string[] }, io: Io): Promise<number>
}

/** A command with its options' types closed over. */
export interface Command {
  readonly name: string
  readonly describe: string
  readonly positionals: readonly PositionalSpec[]
  readonly options: OptionSpecs
  readonly examples: readonly (readonly [string, string])[]
  run(call: { readonly options: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] }, io: Io): Promise<number>
}

/** Types `run` by the options declared; the parser has checked each value against its spec before `run` sees it. */
export function defineCommand<const O extends OptionSpecs>(spec: CommandSpec<O>): Command {
  return {
    name: spec.name,
    describe: spec.describe,
    positionals: spec.positionals ?? [],
    options: spec.options,
    examples: spec.examples,
    run: (call, io) => spec.run({ options: call.options as OptionValues<O>, positionals: call.positionals }, io),
  }
}
