import { scanTable } from '../target/table-rows.ts'
import type { Codec, Session, TableInfo } from '../target/target.ts'
import { JournalSums, type LinkedRows } from '../transform/journal-hashes.ts'
import { openRowHash } from '../transform/row-hash.ts'
import { codecsOf } from '../transform/stored-codecs.ts'
import type { FoundSetup, FoundSums, PartOrder } from './messages.ts'
import type { WorkerTools } from './worker-tools.ts'

/** What a worker holds of a table whose rows it adds up. */
export interface FoundStep {
  readonly session: Session
  readonly table: TableInfo
  readonly codecs: readonly Codec[]
  readonly rowsAtOnce: number | undefined
  readonly rows: LinkedRows
  /** A part could not be read (a lock, for one): the run reads the whole table itself, so no other part is waited for. */
  isShut: boolean
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
  return { session: await openReader(database), table, codecs, rowsAtOnce, rows, isShut: false }
}

/** The sums of the rows of a part. @throws FERRY_TARGET_QUERY and its kin */
export async function sumFound(step: FoundStep, { part }: PartOrder): Promise<FoundSums> {
  const { session, table, codecs, rowsAtOnce, rows, isShut } = step
  if (isShut) throw new RangeError('a part before could not be read')
  const sums = new JournalSums()
  try {
    await scanTable(session, table, { codecs, rowsAtOnce, ...part }, sums.adding(rows))
  } catch (error) {
    step.isShut = true
    throw error
  }
  return { load: sums.load.parts(), patch: sums.patch.parts() }
}
