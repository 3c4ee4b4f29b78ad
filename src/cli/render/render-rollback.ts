import type { ChalkInstance } from 'chalk'
import { renderTable } from '../../report/render-table.ts'
import { renderCount } from '../../report/render-units.ts'
import type { RollbackRowsResult } from '../../rollback/rollback-rows.ts'
import type { RollbackResult } from '../../run/rollback-transfer.ts'
import { renderCommands } from './render-commands.ts'

/** What a rollback did or would do, for a person. */
export function renderRollback(result: RollbackResult, paint: ChalkInstance): string[] {
  const isDry = result.status === 'dry_run'
  const migrations = result.migrations.map((name) => `  ${name}`)
  return [
    ...result.statements.flatMap((statement) => [
      paint.bold(`level ${statement.level}`),
      ...(statement.exact === '' ? [] : [`  exact: ${statement.exact}`]),
      ...(statement.restorable === '' ? [] : [`  restorable: ${statement.restorable}`]),
      ...(statement.lost === '' ? [] : [`  ${statement.lost.startsWith('nothing') ? 'lost' : paint.yellow('lost')}: ${statement.lost}`]),
    ]),
    ...(result.rows === undefined ? [] : renderRows(result.rows, isDry, paint)),
    ...(migrations.length === 0 ? [] : ['', isDry ? 'migrations that would be taken down:' : 'migrations taken down:', ...migrations]),
    '',
    ...renderEnd(result, paint),
  ]
}

function renderRows(rows: RollbackRowsResult, isDry: boolean, paint: ChalkInstance): string[] {
  const tables = [...new Set([rows.deleted, rows.restored, rows.keptCount, rows.gone].flatMap((counts) => Object.keys(counts)))]
  const lines = tables.map((table) => [
    table,
    ...[rows.deleted, rows.restored, rows.keptCount, rows.gone].map((counts) => renderCount(counts[table] ?? 0)),
  ])
  const titles = isDry ? ['to delete', 'to put back', 'to keep', 'gone already'] : ['deleted', 'put back', 'kept', 'gone already']
  const kept = rows.kept.map((row) => [row.table, row.key, row.why, row.by ?? ''])
  if (lines.length === 0) return ['', isDry ? 'no rows to take out' : 'no rows were taken out']
  return [
    '',
    ...renderTable([{ title: 'table' }, ...titles.map((title) => ({ title, align: 'right' as const }))], lines, { dress: paint.dim }),
    ...(kept.length === 0
      ? []
      : [
          '',
          ...renderTable([{ title: 'kept in' }, { title: 'key', maxWidth: 60 }, { title: 'why' }, { title: 'by' }], kept, {
            dress: paint.dim,
          }),
        ]),
  ]
}

function renderEnd(result: RollbackResult, paint: ChalkInstance): string[] {
  const run = `--run ${result.runId}`
  if (result.status === 'dry_run')
    return ['nothing was changed', ...renderCommands([{ command: `ferry rollback ${run}`, why: 'do it' }], paint)]
  if (result.status === 'rolled_back') return [`${paint.green('rolled back')}: run ${result.runId}`]
  return [
    `${paint.yellow('not finished')}: run ${result.runId} is rolling back`,
    ...renderCommands([{ command: `ferry rollback ${run}`, why: 'go on where it stopped' }], paint),
  ]
}
