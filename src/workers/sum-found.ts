import { scanTable } from '../target/table-rows.ts'
import type { Codec, Session, TableInfo } from '../target/target.ts'
import { JournalSums, journalHashes, type LinkedRows } from '../transform/journal-hashes.ts'
import { openRowHash } from '../transform/row-hash.ts'
import { codecsOf } from '../transform/stored-codecs.ts'
import type { FoundSetup, FoundSums, PartOrder } from './messages.ts'
import type { WorkerTools } from './worker-tools.ts'

/** What a worker holds of a table whose rows it adds up. */
export interface FoundStep {
  readonly session: Session
  readonly table: TableInfo
  readonly codecs: readonly Codec[]
  readonly rows: LinkedRows
}

/** Opens the database once more, for reading only. @throws FERRY_TARGET_CONNECT */
export async function openFound({ dialect, openReader }: WorkerTools, setup: FoundSetup): Promise<FoundStep> {
  const { database, table, load, patch, patchedPlaces } = setup
  const codecs = codecsOf(load, table, dialect)
  const linkCodecs = patch && codecsOf(patch, table, dialect)
  if (codecs === undefined || (patch !== undefined && linkCodecs === undefined)) {
    throw new RangeError('the table cannot be read here')
  }
  const hasherFor = await openRowHash()
  const pkPlaces = load.primaryKey.map((column) => load.columns.indexOf(column))
  const rows = { hashRow: hasherFor(codecs), hashLink: linkCodecs && hasherFor(linkCodecs), pkPlaces, patchedPlaces }
  return { session: await openReader(database), table, codecs, rows }
}

/** The sums of the rows of a part. @throws FERRY_TARGET_QUERY and its kin */
export async function sumFound({ session, table, codecs, rows }: FoundStep, { part }: PartOrder): Promise<FoundSums> {
  const sums = new JournalSums()
  await scanTable(session, table, { codecs, ...part }, (row) => sums.add(journalHashes(rows, row)))
  return { load: sums.load.parts(), patch: sums.patch.parts() }
}
