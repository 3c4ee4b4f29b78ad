import { NO_COUNTS, START } from '../../src/core/position.ts'
import type { NewRun } from '../../src/state/runs.ts'
import type { StepState } from '../../src/state/steps.ts'

/** A run to be inserted, filled with what a test does not care about. */
export function newRun(fields: Partial<NewRun> = {}): NewRun {
  return {
    id: 'run-1',
    transfer: 'garage',
    kind: 'transfer',
    parentId: null,
    definitionHash: 'd'.repeat(64),
    definitionText: '{}',
    sourceFingerprint: 'f'.repeat(64),
    source: '{"adapter":"memory-store"}',
    schemaText: '',
    facts: {},
    ...fields,
  }
}

/** A step at checkpoint zero, filled likewise. */
export function newStep(fields: Partial<StepState> = {}): StepState {
  return {
    runId: 'run-1',
    number: 1,
    partition: 0,
    kind: 'load',
    mapping: 'spots',
    table: 'spots',
    primaryKey: ['id'],
    columns: ['id', 'code'],
    kinds: ['integer', 'text'],
    status: 'waiting',
    position: START,
    counts: NO_COUNTS,
    batches: 0,
    idBase: 1n,
    expected: null,
    ...fields,
  }
}
