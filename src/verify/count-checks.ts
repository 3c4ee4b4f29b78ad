import type { Check } from '../core/check.ts'
import { readTableCounts } from './table-counts.ts'
import type { TableVerdict, VerifyBasis, VerifyOptions } from './verify.ts'

const AGAINST: Readonly<Record<VerifyBasis, string>> = {
  load: 'what was made of the source',
  source: 'the source',
  journal: 'the journal',
}

/** `rows`: every row of every mapped column, both directions. */
export function checkRows(
  verdicts: readonly TableVerdict[],
  options: { readonly lost: readonly string[]; readonly basis: VerifyBasis; readonly strict: boolean },
): Check {
  const name = 'rows'
  const total = (member: 'expected' | 'missing' | 'extra' | 'changed' | 'changedSince') =>
    verdicts.reduce((sum, verdict) => sum + verdict[member], 0)
  const [missing, extra, changed, since] = [total('missing'), total('extra'), total('changed'), total('changedSince')]
  if (options.lost.length > 0) {
    const detail = `tables or columns are gone: ${[...new Set(options.lost)].join(', ')}`
    return { name, status: 'failed', detail, hint: 'A migration changed them since; apply its down, or verify against a restored backup.' }
  }
  const parts = [`${total('expected')} rows compared with ${AGAINST[options.basis]}`]
  if (missing + extra + changed > 0) parts.push(`${missing} missing, ${extra} extra, ${changed} changed`)
  if (since > 0) parts.push(`${since} changed since the run`)
  const detail = parts.join('; ')
  if (missing + extra + changed > 0 || (options.strict && since > 0)) {
    const hint = since > 0 ? STRICT_HINT : 'See the differences; `ferry rollback` takes the run out, and a new run brings it in again.'
    return { name, status: 'failed', detail, hint }
  }
  if (since > 0) return { name, status: 'warning', detail, hint: STRICT_HINT }
  return { name, status: 'passed', detail, hint: '' }
}

const STRICT_HINT = 'What the app edited or added cannot be told from damage here; --strict counts it as a difference.'

/** `counts`: per step, every item read has one outcome; per table, the rows that were there and those of the runs. */
export async function checkCounts(options: VerifyOptions): Promise<Check> {
  const name = 'counts'
  const wrong: string[] = []
  for (const { kind, number, mapping, counts, status } of options.steps) {
    if (status !== 'done') wrong.push(`step ${number} (${mapping}) is ${status}`)
    const { read, inserted, updated, skipped, rejected, filtered } = counts
    if (kind === 'patch' || read === inserted + updated + skipped + rejected + filtered) continue
    wrong.push(`step ${number} (${mapping}): ${read} items read, ${inserted + updated + skipped + rejected + filtered} accounted for`)
  }
  const tables = await readTableCounts(options)
  const off = tables.filter(({ found, expected }) => found !== expected)
  const moved = off.map(({ table, found, expected }) => `${table}: ${found} rows, ${expected} by the run's count`)
  if (wrong.length > 0 || (moved.length > 0 && options.mode === 'gate')) {
    return {
      name,
      status: 'failed',
      detail: [...wrong, ...moved].join('; '),
      hint: 'Rows were lost or added beside the run; see the differences.',
    }
  }
  if (moved.length > 0) return { name, status: 'warning', detail: moved.join('; '), hint: 'The app has added or removed rows since.' }
  const rows = tables.reduce((sum, { found }) => sum + found, 0)
  return { name, status: 'passed', detail: `${tables.length} tables hold ${rows} rows, as counted`, hint: '' }
}
