import type { ChalkInstance } from 'chalk'
import { renderTable } from '../../report/render-table.ts'
import { renderCount } from '../../report/render-units.ts'
import type { RollbackRowsResult } from '../../rollback/rollback-rows.ts'
import type { RollbackResult } from '../../run/rollback-transfer.ts'
import { renderCommands } from './render-commands.ts'

/** What a rollback did or would do, for a person; `asked`: the flags it was called with. */
export function renderRollback(
  result: RollbackResult,
  paint: ChalkInstance,
  asked: { readonly force: boolean; readonly lossy: boolean },
): string[] {
  const isDry = result.status === 'dry_run'
  const list = (title: string, names: readonly string[]) => (names.length === 0 ? [] : ['', title, ...names.map((name) => `  ${name}`)])
  return [
    ...result.statements.flatMap((statement) => [
      paint.bold(`level ${statement.level}`),
      ...(statement.exact === '' ? [] : [`  exact: ${statement.exact}`]),
      ...(statement.restorable === '' ? [] : [`  restorable: ${statement.restorable}`]),
      ...(statement.lost === '' ? [] : [`  ${statement.lost.startsWith('nothing') ? 'lost' : paint.yellow('lost')}: ${statement.lost}`]),
    ]),
    ...(result.rows === undefined ? [] : renderRows(result.rows, isDry, paint)),
    ...(result.tables === undefined ? [] : renderTables(result.tables, paint)),
    ...list(isDry ? 'files that would be put back:' : 'files put back:', result.switched),
    ...list(isDry ? 'migrations that would be taken down:' : 'migrations taken down:', result.migrations),
    '',
    ...renderEnd(result, paint, asked),
  ]
}

/** What a restore would make of each table. */
function renderTables(tables: NonNullable<RollbackResult['tables']>, paint: ChalkInstance): string[] {
  const count = (rows: number | null, absent: string) => (rows === null ? absent : renderCount(rows))
  const lines = tables.map(({ table, now, inBackup }) => [table, count(now, 'not there'), count(inBackup, 'would go')])
  const columns = [{ title: 'table' }, { title: 'rows now', align: 'right' as const }, { title: 'in the backup', align: 'right' as const }]
  return ['', ...renderTable(columns, lines, { dress: paint.dim })]
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

function renderEnd(result: RollbackResult, paint: ChalkInstance, asked: { readonly force: boolean; readonly lossy: boolean }): string[] {
  const run = `--run ${result.runId}`
  if (result.status === 'dry_run')
    return ['nothing was changed', ...renderCommands([{ command: commandOf(result, asked), why: 'do it' }], paint)]
  if (result.status === 'switched_back') return [`${paint.green('switched back')}: the rows of run ${result.runId} stay as they are`]
  if (result.status === 'rolled_back') return [`${paint.green('rolled back')}: run ${result.runId}`]
  return [
    `${paint.yellow('not finished')}: run ${result.runId} is rolling back`,
    ...renderCommands([{ command: `ferry rollback ${run}`, why: 'go on where it stopped' }], paint),
  ]
}

/** The very rollback that was looked at: other levels would do something else. */
function commandOf({ runId, levels }: RollbackResult, { force, lossy }: { readonly force: boolean; readonly lossy: boolean }): string {
  const named = levels.join() === 'switch,rows' ? [] : levels.map((level) => `--level ${level}`)
  return ['ferry rollback', `--run ${runId}`, ...named, ...(force ? ['--force'] : []), ...(lossy ? ['--lossy'] : [])].join(' ')
}
