import { createRequire } from 'node:module'
import type { Ajv, ErrorObject, Options } from 'ajv'
import { FerryError } from '../core/errors.ts'

/** The first thing a value breaks; `pointer`: JSON pointer into the value; `reason`: one sentence without the value. */
export interface SchemaProblem {
  readonly pointer: string
  readonly reason: string
}

/**
 * Unknown keywords and impossible types are errors of the schema; only the first problem of a value is looked for. Optimized code takes a third longer to make
 * and is no faster: V8 does the same.
 */
const OPTIONS: Options = Object.freeze({
  allErrors: false,
  strictSchema: true,
  strictNumbers: true,
  strictTypes: true,
  strictTuples: false,
  strictRequired: false,
  allowUnionTypes: true,
  logger: false,
  code: { optimize: false },
})

/** Finds the first thing that a value breaks; undefined: nothing. */
export type FindProblem = (value: unknown) => SchemaProblem | undefined

/** By their schemas, which do not change: preflight, load and verification compile their steps each for itself. */
const compiled = new WeakMap<Readonly<Record<string, unknown>>, FindProblem>()

/**
 * Compiles a JSON Schema (draft-07, or 2020-12 where `$schema` says so) with the usual formats in their fast form. Once a thread: the schema is not to be changed.
 * @throws FERRY_DEFINITION_INVALID when it is no valid schema; `label` names the mapping
 */
export function compileSchema(schema: Readonly<Record<string, unknown>>, label: string): FindProblem {
  const findProblem = compiled.get(schema) ?? compile(schema, label)
  compiled.set(schema, findProblem)
  return findProblem
}

function compile(schema: Readonly<Record<string, unknown>>, label: string): FindProblem {
  const is2020 = String(schema.$schema).includes('2020-12')
  try {
    ajvOfSchemas(is2020).validateSchema(schema, true)
    // Schemas of two mappings may have one $id.
    const validate = openAjv(is2020, { validateSchema: false }).compile(schema)
    return (value) => (validate(value) ? undefined : describe(validate.errors?.[0]))
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : 'it cannot be compiled'
    throw new FerryError('FERRY_DEFINITION_INVALID', `${label}: the schema is not valid: ${what}`, {
      hint: 'Correct the JSON Schema; ajv runs in strict mode, so unknown keywords are errors too.',
      cause,
    })
  }
}

/** The instances that look at schemas; making a validator of the schema of schemas takes longer than most schemas do. */
const ofSchemas = new Map<boolean, Ajv>()

function ajvOfSchemas(is2020: boolean): Ajv {
  const ajv = ofSchemas.get(is2020) ?? openAjv(is2020)
  ofSchemas.set(is2020, ajv)
  return ajv
}

/** Loaded with the first schema: commands that only read a definition start faster. */
function openAjv(is2020: boolean, more: Options = {}): Ajv {
  const options = { ...OPTIONS, ...more }
  const load = createRequire(import.meta.url)
  const { default: addFormats } = load('ajv-formats') as typeof import('ajv-formats')
  // Each class in a name of its own: the compiler drops the parentheses of `new (load() as T).Class()`, and with them what is called.
  const { Ajv2020 } = is2020 ? (load('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')) : { Ajv2020: undefined }
  const { Ajv } = load('ajv') as typeof import('ajv')
  const ajv = Ajv2020 === undefined ? new Ajv(options) : new Ajv2020(options)
  addFormats.default(ajv, { mode: 'fast' })
  return ajv
}

function describe(error: ErrorObject | undefined): SchemaProblem {
  if (error === undefined) return { pointer: '', reason: 'does not fit the schema' }
  const params: Readonly<Record<string, unknown>> = error.params
  const member = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty
  const inside = typeof member === 'string' ? `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}` : ''
  return { pointer: `${error.instancePath}${inside}`, reason: error.message ?? 'does not fit the schema' }
}
