import { inspect } from 'node:util'
import type { ChalkInstance } from 'chalk'
import { renderKey } from '../../core/canonical-value.ts'
import { renderTable, showControls } from '../../report/render-table.ts'
import { renderCount } from '../../report/render-units.ts'
import type { RejectGroup, StoredReject } from '../../state/rejects.ts'

/** One line a cause, most first, with keys as examples. */
export function renderRejectGroups(groups: readonly RejectGroup[], paint: ChalkInstance): string[] {
  const rows = groups.map((group) => [
    renderCount(group.count),
    group.code,
    `${group.mapping}${group.pointer}`,
    group.reason,
    group.samples.join(', '),
  ])
  const columns = [
    { title: 'count', align: 'right' as const },
    { title: 'cause' },
    { title: 'where' },
    { title: 'why', maxWidth: 60 },
    { title: 'keys, for example', maxWidth: 48 },
  ]
  return renderTable(columns, rows, { dress: paint.dim })
}

/** One line a reject. */
export function renderRejectList(rejects: readonly StoredReject[], paint: ChalkInstance): string[] {
  const rows = rejects.map((reject) => [
    String(reject.id),
    reject.status,
    reject.mapping,
    reject.key === undefined ? '-' : renderKey(reject.key),
    reject.code,
    reject.pointer,
    reject.reason,
  ])
  const columns = [
    { title: 'id', align: 'right' as const },
    { title: 'status' },
    { title: 'mapping' },
    { title: 'key', maxWidth: 40 },
    { title: 'cause' },
    { title: 'where' },
    { title: 'why', maxWidth: 60 },
  ]
  return renderTable(columns, rows, { dress: paint.dim })
}

/** One reject with its whole record. */
export function renderReject(reject: StoredReject, paint: ChalkInstance): string[] {
  const where = reject.pointer === '' ? 'the whole record' : reject.pointer
  const record =
    reject.raw === undefined
      ? inspect(reject.value, {
          depth: Number.POSITIVE_INFINITY,
          maxArrayLength: null,
          maxStringLength: null,
          colors: paint.level > 0,
          compact: false,
        }).split('\n')
      : reject.raw.split('\n').map(showControls)
  return [
    `${paint.bold(`reject ${reject.id}`)} (${reject.status}) of ${reject.mapping}, stage ${reject.stage}`,
    `key     ${reject.key === undefined ? '(none)' : showControls(renderKey(reject.key))}`,
    ...(reject.parentKey === undefined
      ? []
      : [`parent  ${showControls(renderKey(reject.parentKey))}${reject.index === undefined ? '' : `, item ${reject.index}`}`]),
    `cause   ${reject.code} at ${where}: ${showControls(reject.reason)}`,
    `budget  ${reject.budgeted ? 'counts against maxRejects' : 'does not count against maxRejects'}`,
    reject.raw === undefined ? 'record' : 'as found in the source',
    ...record.map((line) => `  ${line}`),
  ]
}
