import type { Check } from '../core/check.ts'
import { isFerryError } from '../core/errors.ts'
import type { SqlValue } from '../core/row.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { Invariant } from '../definition/transfer.ts'
import type { Session } from '../target/target.ts'
import { openStoreReader } from './store-reader.ts'

/** `invariant:<name>`: the one value of the query against the declared one, or the one that the source gives. */
export async function checkInvariant(
  invariant: Invariant,
  work: { readonly session: Session; readonly source: SourceAdapter | undefined; readonly signal: AbortSignal | undefined },
): Promise<Check> {
  const name = `invariant:${invariant.name}`
  if (!/^\s*(select|with|values)\b/i.test(invariant.sql)) {
    return { name, status: 'failed', detail: 'not a query', hint: 'An invariant is one SELECT that gives one value.' }
  }
  const { source, equals } = invariant
  if (source !== undefined && work.source === undefined) {
    return { name, status: 'warning', detail: 'the source is not there to compare with', hint: 'Verify with --source to ask it.' }
  }
  let rows: readonly (readonly SqlValue[])[]
  try {
    rows = await work.session.rows(invariant.sql)
  } catch (error) {
    if (!isFerryError(error)) throw error
    return { name, status: 'failed', detail: error.message, hint: 'Correct the SQL of the invariant.' }
  }
  const found = rows[0]?.[0] ?? null
  const wanted =
    source !== undefined && work.source !== undefined ? await source(openStoreReader(work.source, work.signal)) : (equals ?? null)
  if (renderValue(found) === renderValue(wanted)) return { name, status: 'passed', detail: `${renderValue(found)}`, hint: '' }
  return {
    name,
    status: 'failed',
    detail: `the target says ${renderValue(found)}, expected ${renderValue(wanted)}`,
    hint: 'See the differences of the tables the query reads; they are listed by `ferry verify`.',
  }
}

/** Equal numbers give equal texts, whichever type they came in: `12.50`, 12.5 and `12.5`. */
function renderValue(value: SqlValue | number | bigint | string): string {
  if (value === null) return 'NULL'
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  const text = typeof value === 'boolean' ? String(Number(value)) : String(value)
  if (!/^-?\d+\.\d+$/.test(text)) return text
  return text.replace(/\.?0+$/, '')
}
