import type { SourceAdapter } from '../core/source-adapter.ts'
import { loadDefinition } from '../definition/load-definition.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { loadDialect } from '../target/open-target.ts'
import type { Dialect } from '../target/target.ts'
import type { WorkerSetup } from './messages.ts'

/** What a worker has for all of its work. */
export interface WorkerTools {
  readonly transfer: ResolvedTransfer
  readonly source: SourceAdapter
  readonly dialect: Dialect
}

/** Loads the definition and opens the source again. @throws where the file holds another definition than the run */
export async function openTools({ definitionFile, definitionHash, source, engine }: WorkerSetup): Promise<WorkerTools> {
  const transfer = await loadDefinition(definitionFile)
  if (transfer.hash !== definitionHash) throw new RangeError('the file holds another definition than the run')
  const { dialect } = await loadDialect(engine)
  return { transfer, source: await reopen(source), dialect }
}

async function reopen({ module, name, options }: WorkerSetup['source']): Promise<SourceAdapter> {
  const found: Readonly<Record<string, unknown>> = await import(module)
  const Adapter = found[name]
  if (typeof Adapter !== 'function') throw new TypeError(`${module} exports no ${name}`)
  return Reflect.construct(Adapter, [options])
}
