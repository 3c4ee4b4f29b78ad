import type { ChalkInstance } from 'chalk'
import type { Backup } from '../../backup/create-backup.ts'
import { renderTable } from '../../report/render-table.ts'
import { renderBytes, renderTime } from '../../report/render-units.ts'

/** One line a backup, newest first. */
export function renderBackups(backups: readonly Backup[], paint: ChalkInstance): string[] {
  if (backups.length === 0) return ['no backups yet; ferry backup create makes one, and so does every transfer']
  const rows = backups.map((backup) => [backup.id, renderTime(backup.createdAt), backup.target, renderBytes(backup.bytes), backup.path])
  const columns = [{ title: 'backup' }, { title: 'made' }, { title: 'of' }, { title: 'size', align: 'right' as const }, { title: 'file' }]
  return renderTable(columns, rows, { dress: paint.dim })
}
