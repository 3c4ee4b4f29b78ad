import { isDeepStrictEqual } from 'node:util'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { loadDefinition } from '../definition/load-definition.ts'
import { orderSteps } from '../definition/order-steps.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { loadDialect } from '../target/open-target.ts'
import type { Dialect, Session } from '../target/target.ts'
import { type CompiledStep, compileSteps } from '../transform/compile-steps.ts'
import type { StepToCompile, WorkerSetup } from './messages.ts'

/** What a hand has for all of its work. */
export interface WorkerTools {
  readonly transfer: ResolvedTransfer
  readonly source: SourceAdapter
  readonly dialect: Dialect
  /** A step of the transfer. It is kept: who has forecast a step is warm for its load. */
  compile(step: StepToCompile): Promise<CompiledStep>
  /** A connection for reading only; one a database, open until `close`. */
  openReader(database: string): Promise<Session>
  close(): Promise<void>
}

/** Loads the definition and opens the source again. @throws where the file holds another definition than the run */
export async function openTools(setup: WorkerSetup): Promise<WorkerTools> {
  const transfer = await loadDefinition(setup.definitionFile)
  if (transfer.hash !== setup.definitionHash) throw new RangeError('the file holds another definition than the run')
  return toolsOf(transfer, setup)
}

/** The same for a definition that is loaded. */
export async function toolsOf(transfer: ResolvedTransfer, { source: reopening, engine }: WorkerSetup): Promise<WorkerTools> {
  const { dialect } = await loadDialect(engine)
  const source = await reopen(reopening)
  const readers = new Map<string, Promise<Session>>()
  return {
    transfer,
    source,
    dialect,
    compile: openCompiler(transfer, dialect),
    openReader(database) {
      const reader = readers.get(database) ?? openOnce(dialect, database)
      readers.set(database, reader)
      return reader
    },
    async close() {
      for (const reader of readers.values()) await reader.then((session) => session.close()).catch(() => undefined)
      await source.close()
    },
  }
}

function openCompiler(transfer: ResolvedTransfer, dialect: Dialect): WorkerTools['compile'] {
  const kept = new Map<number, { readonly of: StepToCompile; readonly compiled: Promise<CompiledStep> }>()
  const compile = async ({ number, tables, idBases }: StepToCompile): Promise<CompiledStep> => {
    const [compiled] = await compileSteps(transfer, { tables, order: orderSteps(transfer, tables), idBases }, { dialect, only: number })
    if (compiled === undefined) throw new RangeError('the definition has no such step')
    return compiled
  }
  return (step) => {
    const before = kept.get(step.number)
    if (before !== undefined && isDeepStrictEqual(before.of, step)) return before.compiled
    const compiled = compile(step)
    kept.set(step.number, { of: step, compiled })
    return compiled
  }
}

async function openOnce(dialect: Dialect, database: string): Promise<Session> {
  if (dialect.openReader === undefined) throw new RangeError(`${dialect.engine} has no readers`)
  return dialect.openReader(database)
}

async function reopen({ module, name, options }: WorkerSetup['source']): Promise<SourceAdapter> {
  const found: Readonly<Record<string, unknown>> = await import(module)
  const Adapter = found[name]
  if (typeof Adapter !== 'function') throw new TypeError(`${module} exports no ${name}`)
  return Reflect.construct(Adapter, [options])
}
