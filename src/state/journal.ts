import type { Session } from '../target/target.ts'
import type { JournalColumns, JournalDraft, JournalEntry, JournalRow, JournalUpdate } from './journal-entry.ts'
import { packJournal, unpackHashes, unpackJournal } from './pack-journal.ts'

export type { JournalColumns, JournalDraft, JournalEntry, JournalRow, JournalUpdate }

/** One journal row, packed by `packJournal` somewhere. */
export interface JournalBytes {
  readonly rowCount: number
  readonly updateCount: number
  readonly packed: Uint8Array
}

/** Packs and inserts one journal row, inside the batch's transaction. */
export async function appendJournal(session: Session, entry: JournalDraft): Promise<void> {
  const rowCount = 'hashes' in entry.rows ? entry.rows.hashes.length : entry.rows.length
  await insertJournal(session, { ...entry, rowCount, updateCount: entry.updates.length, packed: packJournal(entry) })
}

/** Inserts one, inside the batch's transaction. */
export async function insertJournal(session: Session, entry: Pick<JournalDraft, 'runId' | 'step' | 'batch'> & JournalBytes): Promise<void> {
  await session.run('INSERT INTO ferry_journal (run_id, step_no, batch_no, row_count, update_count, packed) VALUES (?, ?, ?, ?, ?, ?)', [
    entry.runId,
    entry.step,
    entry.batch,
    entry.rowCount,
    entry.updateCount,
    entry.packed,
  ])
}

/** One entry at a time, in batch order or its reverse; own query per entry so that the session can be used between. @throws FERRY_STATE_CORRUPT */
export async function* readJournal(
  session: Session,
  runId: string,
  step: number,
  options: { reverse: boolean },
): AsyncGenerator<JournalEntry> {
  for await (const found of readPacked(session, { runId, step }, options)) yield toEntry(runId, step, found)
}

/** The hashes of a step's rows as they were written, batch by batch, as `RowSum.addBytes` takes them; a fraction of the work of reading the entries. @throws FERRY_STATE_CORRUPT */
export async function* readJournalHashes(session: Session, runId: string, step: number): AsyncGenerator<Uint8Array> {
  for await (const found of readPacked(session, { runId, step }, { reverse: false })) {
    yield unpackHashes(found.packed, renderPlace(runId, step, found), Number(found.row_count))
  }
}

async function* readPacked(
  session: Session,
  of: { readonly runId: string; readonly step: number },
  options: { reverse: boolean },
): AsyncGenerator<Packed> {
  const beyond = options.reverse ? 'batch_no < ?' : 'batch_no > ?'
  const order = options.reverse ? 'batch_no DESC' : 'batch_no'
  let at = options.reverse ? Number.MAX_SAFE_INTEGER : 0
  for (;;) {
    const [found] = await session.all<Packed>(
      `SELECT batch_no, row_count, packed FROM ferry_journal WHERE run_id = ? AND step_no = ? AND ${beyond} ORDER BY ${order} LIMIT 1`,
      [of.runId, of.step, BigInt(at)],
    )
    if (!found) return
    at = Number(found.batch_no)
    yield found
  }
}

/** The entry of one batch; undefined where there is none. @throws FERRY_STATE_CORRUPT */
export async function readJournalEntry(session: Session, runId: string, step: number, batch: number): Promise<JournalEntry | undefined> {
  const [found] = await session.all<Packed>(
    'SELECT batch_no, row_count, packed FROM ferry_journal WHERE run_id = ? AND step_no = ? AND batch_no = ?',
    [runId, step, batch],
  )
  return found && toEntry(runId, step, found)
}

/** Removes one entry: the rows it tells of are gone (rollback), inside the caller's transaction. */
export async function removeJournalEntry(session: Session, runId: string, step: number, batch: number): Promise<void> {
  await session.run('DELETE FROM ferry_journal WHERE run_id = ? AND step_no = ? AND batch_no = ?', [runId, step, batch])
}

type Packed = { batch_no: number; row_count: number; packed: Uint8Array }

function toEntry(runId: string, step: number, found: Packed): JournalEntry {
  return { runId, step, batch: Number(found.batch_no), ...unpackJournal(found.packed, renderPlace(runId, step, found)) }
}

function renderPlace(runId: string, step: number, found: Packed): string {
  return `run ${runId}, step ${step}, batch ${found.batch_no}`
}
