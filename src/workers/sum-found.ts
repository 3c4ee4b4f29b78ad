import { scanTable, type TablePart } from '../target/table-rows.ts'
import type { Codec, Session, TableInfo } from '../target/target.ts'
import { JournalSums, type LinkedRows } from '../transform/journal-hashes.ts'
import { openRowHash } from '../transform/row-hash.ts'
import { codecsOf } from '../transform/stored-codecs.ts'
import type { FoundSetup, FoundSums } from './messages.ts'
import type { WorkerTools } from './worker-tools.ts'

/** What a worker holds of a table whose rows it adds up. */
export interface FoundStep {
  readonly session: Session
  readonly table: TableInfo
  readonly codecs: readonly Codec[]
  readonly rowsAtOnce: number | undefined
  readonly rows: LinkedRows
}

/** Opens the database once more, for reading only. @throws FERRY_TARGET_CONNECT */
export async function openFound({ dialect, openReader }: WorkerTools, setup: FoundSetup): Promise<FoundStep> {
  const { database, table, rowsAtOnce, load, patch, patchedPlaces } = setup
  const codecs = codecsOf(load, table, dialect)
  const linkCodecs = patch && codecsOf(patch, table, dialect)
  if (codecs === undefined || (patch !== undefined && linkCodecs === undefined)) {
    throw new RangeError('the table cannot be read here')
  }
  const hasherFor = await openRowHash()
  const pkPlaces = load.primaryKey.map((column) => load.columns.indexOf(column))
  const rows = { hashRow: hasherFor(codecs), hashLink: linkCodecs && hasherFor(linkCodecs), pkPlaces, patchedPlaces }
  return { session: await openReader(database), table, codecs, rowsAtOnce, rows }
}

/** The sums of the parts that are left for this thread. @throws FERRY_TARGET_QUERY and its kin */
export async function sumFound(step: FoundStep, { parts, taken }: FoundSetup): Promise<FoundSums> {
  const { session, table, codecs, rowsAtOnce, rows } = step
  const sums = new JournalSums()
  const look = sums.adding(rows)
  try {
    for (let part = takePart(parts, taken); part !== undefined; part = takePart(parts, taken)) {
      await scanTable(session, table, { codecs, rowsAtOnce, ...part }, look)
    }
  } catch (error) {
    // A part that cannot be read (a lock, for one): the run reads the whole table itself.
    leaveParts(parts, taken)
    throw error
  }
  return { load: sums.load.parts(), patch: sums.patch.parts() }
}

function takePart(parts: readonly TablePart[], taken: Uint32Array): TablePart | undefined {
  return parts[Atomics.add(taken, 0, 1)]
}

/** No part is taken any more. */
export function leaveParts(parts: readonly TablePart[], taken: Uint32Array): void {
  Atomics.store(taken, 0, parts.length)
}
