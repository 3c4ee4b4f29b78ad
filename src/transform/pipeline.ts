import { compileColumns } from './compile-columns.ts'
import { compileLoad } from './transform-load.ts'
import { compilePatch } from './transform-patch.ts'
import type { CompileOptions, Pipeline } from './transformed-batch.ts'

export type { CompileOptions, Pipeline, Resolution, Resolver, TransformedBatch, TransformedRow } from './transformed-batch.ts'

/**
 * Compiles one step.
 * @throws FERRY_DEFINITION_UNKNOWN_TABLE, FERRY_DEFINITION_UNKNOWN_COLUMN, FERRY_DEFINITION_TYPE_MISMATCH,
 * FERRY_DEFINITION_INVALID (schema, unmapped pk, unmapped NOT NULL column without default)
 */
export function compilePipeline(options: CompileOptions): Pipeline {
  const plan = compileColumns(options)
  const transform = options.step.kind === 'patch' ? compilePatch(options, plan) : compileLoad(options, plan)
  return Object.freeze({ step: options.step, table: plan.table, codecs: plan.codecs, transform })
}
