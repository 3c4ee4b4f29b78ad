import { renderKey } from '../core/canonical-value.ts'
import { FerryError } from '../core/errors.ts'
import type { Key } from '../core/record.ts'
import type { Row } from '../core/row.ts'
import type { Session } from '../target/target.ts'
import { chunksOf, listSize, placeholders } from './chunks.ts'
import { keyHash } from './key-hash.ts'
import { parseRow, renderRow } from './row-text.ts'

const COLUMNS = ['scope', 'key_hash', 'entry', 'key_text', 'pk_text']
/** Four bytes a row in SQLite's records. */
const SCOPE_BITS = 31

/**
 * Remembers which row a source key became, inside the batch's transaction. One row per (run, mapping, key).
 * A scope is a small number for (run, mapping), so that the rows do not repeat their names; `entry` counts up within it.
 */
export async function insertIds(
  session: Session,
  runId: string,
  mapping: string,
  ids: readonly { readonly key: Key; readonly pk: Row }[],
): Promise<void> {
  if (ids.length === 0) return
  const { scope, entries } = await openScope(session, runId, mapping)
  await session.insertRows(
    'ferry_id_map',
    COLUMNS,
    ids.map(({ key, pk }, at) => {
      const text = renderKey(key)
      return [BigInt(scope), keyHash(text), BigInt(entries + at), text, renderRow(pk)]
    }),
  )
  await session.run('UPDATE ferry_id_scopes SET entries = entries + ? WHERE scope = ?', [ids.length, scope])
}

/** The pks of keys, by renderKey text; over a run and its parents (retry), the first of `runIds` that has it. */
export async function findIds(
  session: Session,
  runIds: readonly string[],
  mapping: string,
  keys: readonly Key[],
): Promise<ReadonlyMap<string, Row>> {
  const found = new Map<string, Row>()
  const asked = new Set(keys.map(renderKey))
  for (const runId of runIds) {
    const scope = asked.size === 0 ? undefined : await findScope(session, runId, mapping)
    if (scope !== undefined) await findInScope({ session, scope: scope.scope, asked, found })
  }
  return found
}

/** Forgets the ids of a mapping (rollback), inside the caller's transaction. */
export async function removeIds(session: Session, runId: string, mapping: string): Promise<void> {
  const found = await findScope(session, runId, mapping)
  if (!found) return
  await session.run('DELETE FROM ferry_id_map WHERE scope = ?', [found.scope])
  await session.run('DELETE FROM ferry_id_scopes WHERE scope = ?', [found.scope])
}

/** Moves what it finds from `asked` to `found`. */
async function findInScope(options: { session: Session; scope: number; asked: Set<string>; found: Map<string, Row> }): Promise<void> {
  const { session, scope, asked, found } = options
  const hashes = [...new Set([...asked].map(keyHash))]
  for (const chunk of chunksOf(hashes, listSize(session.dialect, 1, 1))) {
    const rows = await session.all<{ key_text: string; pk_text: string }>(
      `SELECT key_text, pk_text FROM ferry_id_map WHERE scope = ? AND key_hash IN (${placeholders(chunk.length)})`,
      [scope, ...chunk],
    )
    for (const row of rows) if (asked.delete(row.key_text)) found.set(row.key_text, parsePk(row.pk_text))
  }
}

type Scope = { scope: number; entries: number }

async function findScope(session: Session, runId: string, mapping: string): Promise<Scope | undefined> {
  const [found] = await session.all<Scope>('SELECT scope, entries FROM ferry_id_scopes WHERE run_id = ? AND mapping = ?', [runId, mapping])
  return found && { scope: Number(found.scope), entries: Number(found.entries) }
}

async function openScope(session: Session, runId: string, mapping: string): Promise<Scope> {
  const found = await findScope(session, runId, mapping)
  if (found) return found
  // A hash, not the next number: two runs that open a scope at once on a server must not choose the same.
  let scope = Number(BigInt.asUintN(SCOPE_BITS, keyHash(`${runId}/${mapping}/`)))
  while ((await session.all('SELECT scope FROM ferry_id_scopes WHERE scope = ?', [scope])).length > 0) scope += 1
  await session.run('INSERT INTO ferry_id_scopes (run_id, mapping, scope, entries) VALUES (?, ?, ?, 0)', [runId, mapping, scope])
  return { scope, entries: 0 }
}

function parsePk(text: string): Row {
  try {
    return parseRow(text)
  } catch (cause) {
    throw new FerryError('FERRY_STATE_CORRUPT', 'ferry_id_map holds a primary key that cannot be read', {
      hint: 'Somebody edited the ferry_* tables; restore the database from its backup.',
      cause,
    })
  }
}
