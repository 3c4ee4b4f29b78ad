import type { Backup } from '../../backup/create-backup.ts'
import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS } from '../common-options.ts'
import { withProgress } from '../conduct-run.ts'
import { confirm } from '../confirm.ts'
import type { Io } from '../io.ts'
import { type OpenWorkplace, withWorkplace } from '../open-workplace.ts'
import { renderJson } from '../render-json.ts'
import { watchSignals } from '../watch-signals.ts'

export const command = defineCommand({
  name: 'backup',
  describe:
    "Backups of the whole target, in the transfer's folder. create: made while the app may write, and checked. verify: the copy against its manifest. restore: the target becomes the backup again; everything written since is lost; ferry keeps what it knows of later runs, as rolled back.",
  positionals: [
    { name: 'action', describe: 'list (default), create, verify or restore', choices: ['list', 'create', 'verify', 'restore'] },
    { name: 'backup', describe: 'verify, restore: id of a backup or its beginning, or the path of its manifest (default: the newest)' },
  ],
  options: {
    ...CONFIG_OPTIONS,
    yes: { type: 'boolean', describe: 'restore: do not ask', alias: 'y' },
  },
  examples: [
    ['ferry backup create', 'a backup now'],
    ['ferry backup list', 'those there are, newest first'],
    ['ferry backup verify', 'is the newest one whole?'],
    ['ferry backup restore 20261122 --yes', 'put one back, without a question'],
  ],
  async run({ options, positionals }, io) {
    const [action = 'list', which] = positionals
    const watch = watchSignals(io)
    try {
      return await withWorkplace(io, { ...options, mayBeDamaged: action !== 'create' }, async (place) => {
        if (action === 'create') return printBackup(io, await create(io, place, watch))
        if (action === 'list') return list(io, place)
        const { findBackup } = await import('../find-backup.ts')
        const backup = await findBackup(place.transfer.folder, which)
        if (action === 'restore') return restore(io, { place, backup, yes: options.yes, watch })
        const { verifyBackup } = await import('../../backup/verify-backup.ts')
        return printBackup(io, await verifyBackup(backup.manifest, { signal: watch.signal }))
      })
    } finally {
      watch.stop()
    }
  },
})

type Watch = ReturnType<typeof watchSignals>

async function create(io: Io, { target, transfer }: OpenWorkplace, watch: Watch): Promise<Backup> {
  const { createBackup } = await import('../../backup/create-backup.ts')
  const session = await target.openSession()
  try {
    return await withProgress(io, watch, ({ signal }) =>
      createBackup({ target, session, folder: transfer.folder, now: Date.now, report: () => undefined, signal }),
    )
  } finally {
    await session.close()
  }
}

async function list(io: Io, { transfer }: OpenWorkplace): Promise<number> {
  const [{ listBackups }, { renderBackups }] = await Promise.all([
    import('../../backup/list-backups.ts'),
    import('../render/render-backups.ts'),
  ])
  const backups = await listBackups(transfer.folder)
  for (const line of io.json ? [renderJson(backups, 2)] : renderBackups(backups, io.paint)) io.out(line)
  return 0
}

interface Restore {
  readonly place: OpenWorkplace
  readonly backup: Backup
  readonly yes: boolean
  readonly watch: Watch
}

async function restore(io: Io, { place, backup, yes, watch }: Restore): Promise<number> {
  const { target } = place
  const { restoreTransfer } = await import('../../run/restore-transfer.ts')
  const question = `${target.label} becomes the backup ${backup.id} again, and everything written since is lost. Go on?`
  await confirm(io, question, { yes, final: true })
  const restored = await restoreTransfer({ transfer: place.transfer, target, backup: backup.manifest, signal: watch.signal })
  if (io.json) {
    io.out(renderJson(restored, 2))
    return 0
  }
  io.out(`${io.paint.green('✔')} ${target.label} is the backup ${backup.id} again`)
  if (restored.putAside !== undefined) io.out(`what stood there was no readable database; it was put aside as ${restored.putAside}`)
  return 0
}

async function printBackup(io: Io, backup: Backup): Promise<number> {
  if (io.json) {
    io.out(renderJson(backup, 2))
    return 0
  }
  const { renderBytes } = await import('../../report/render-units.ts')
  io.out(`${io.paint.green('✔')} ${backup.id} of ${backup.target}, ${renderBytes(backup.bytes)}, sha256 ${backup.sha256}`)
  io.out(`  ${backup.path}`)
  return 0
}
