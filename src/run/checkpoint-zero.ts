import { NO_COUNTS, START } from '../core/position.ts'
import type { Step } from '../definition/order-steps.ts'
import { addFacts } from '../state/runs.ts'
import { insertSteps, readSteps, type StepState } from '../state/steps.ts'
import type { Session, TableInfo } from '../target/target.ts'
import type { CompiledStep, PreparedSteps } from '../transform/compile-steps.ts'
import type { OpenRun } from './open-run.ts'
import { countRows, renderSchema } from './read-tables.ts'

/**
 * Fixes everything the run will rely on, in one transaction, before its first row: steps at their start, first ids, rows there before, the schema's text.
 * Does nothing when it exists already. Resolves with the steps as stored.
 */
export async function ensureCheckpointZero(
  open: OpenRun,
  prepared: PreparedSteps,
  options: {
    readonly compiled: readonly CompiledStep[]
    readonly expected: ReadonlyMap<number, number>
    readonly allowedRejects: number
    readonly idBases?: ReadonlyMap<string, bigint>
  },
): Promise<readonly StepState[]> {
  const existing = await readSteps(open.session, open.run.id)
  if (existing.length > 0) return existing
  const before = await countBefore(open.session, prepared.tables)
  await open.transact(async (session) => {
    await insertSteps(
      session,
      options.compiled.map(({ step, columns, kinds, table }) =>
        firstState(open.run.id, step, {
          table,
          columns,
          kinds,
          idBase: (options.idBases ?? prepared.idBases).get(step.mapping) ?? 1n,
          expected: options.expected.get(step.number) ?? null,
        }),
      ),
    )
    await addFacts(session, open.run.id, {
      ...before,
      schemaText: renderSchema(prepared.tables),
      enforcementOff: prepared.order.enforcementOff,
      allowedRejects: options.allowedRejects,
    })
  })
  await open.refresh()
  return readSteps(open.session, open.run.id)
}

function firstState(
  runId: string,
  step: Step,
  rest: { table: TableInfo; columns: readonly string[]; kinds: StepState['kinds']; idBase: bigint; expected: number | null },
): StepState {
  return {
    runId,
    number: step.number,
    partition: 0,
    kind: step.kind,
    mapping: step.mapping,
    table: step.table,
    primaryKey: rest.table.primaryKey,
    columns: rest.columns,
    kinds: rest.kinds,
    status: 'waiting',
    position: START,
    counts: NO_COUNTS,
    batches: 0,
    idBase: rest.idBase,
    expected: rest.expected,
  }
}

async function countBefore(session: Session, tables: ReadonlyMap<string, TableInfo>) {
  const rowsBefore: Record<string, number> = {}
  const maxKeyBefore: Record<string, string> = {}
  const { quote } = session.dialect
  for (const table of tables.values()) {
    rowsBefore[table.name] = await countRows(session, table.name)
    const [pk] = table.primaryKey
    if (table.primaryKey.length !== 1 || pk === undefined) continue
    // Other keys have no highest one that would tell anything, and PostgreSQL before 18 has no max(uuid).
    if (!/^(big|medium|small|tiny)?int/.test(table.columns.find(({ name }) => name === pk)?.type ?? '')) continue
    const [highest] = await session.rows(`select max(${quote(pk)}) from ${quote(table.name)}`)
    const value = highest?.[0]
    if (typeof value === 'number' || typeof value === 'bigint') maxKeyBefore[table.name] = String(value)
  }
  return { rowsBefore, maxKeyBefore }
}
