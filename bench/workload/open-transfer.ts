import * as ferry from '../../src/index.ts'
import { findWorkload } from './find-workload.ts'

/** What knex-ferry is told of a workload whose source is written. */
export async function openTransfer(
  name: string,
  place: { readonly source: string; readonly folder: string },
): Promise<ferry.ResolvedTransfer> {
  const workload = await findWorkload(name)
  const keyFields = Object.fromEntries(workload.collections(1).map((collection) => [collection.name, 'id']))
  const source =
    workload.form === 'snapshot'
      ? new ferry.MemoryStoreAdapter({ file: place.source })
      : new ferry.NdjsonAdapter({ path: place.source, keyFields })
  return workload.transfer(ferry, { source, folder: place.folder })
}
