import { fileURLToPath } from 'node:url'
import { openTarget, startTransfer } from '../../src/index.ts'
import { benchTransfer } from '../workload/transfer.ts'
import { report, type Task } from './contestant.ts'

/** knex-ferry, with what the flags leave on. */
await report(async (task: Task) => {
  process.env.BENCH_SOURCE = task.source
  process.env.BENCH_FOLDER = task.folder
  const workers = numberFlag(task, 'workers')
  const batchRows = numberFlag(task, 'batch')
  const target = await openTarget({ knex: (await import('knex')).default(toConfig(task.database)) })
  const phases: Record<string, number> = {}
  let peak = 0
  try {
    const result = await startTransfer({
      transfer: benchTransfer({ source: task.source, folder: task.folder }),
      target,
      definitionFile: fileURLToPath(new URL('../workload/definition.js', import.meta.url)),
      ...(batchRows === undefined ? {} : { batchRows }),
      ...(workers === undefined ? {} : { workers }),
      noBackup: true,
      skipValidation: !task.flags.includes('preflight'),
      noVerify: !task.flags.includes('verify'),
      onEvent: (event) => {
        if (event.type === 'phase:finished') phases[event.phase] = event.ms
        if (event.type === 'step:finished' && event.mapping === 'sessions') phases.sessions = event.ms
        if (event.type === 'indexes:restored') phases.indexes = (phases.indexes ?? 0) + event.ms
        if (event.type === 'batch:committed') peak = Math.max(peak, event.rssBytes)
      },
    })
    const rows = result.steps.find(({ table }) => table === 'parking_sessions')?.rowsInTable ?? 0
    if (result.error !== undefined) throw new Error(`${result.error.code}: ${result.error.message}`)
    return { rows, phases: { ...phases, peakRssInLoadMiB: peak / 2 ** 20 } }
  } finally {
    await target.close()
    await target.knex.destroy()
  }
})

/** The number of a flag such as `workers=2`. */
function numberFlag({ flags }: Task, name: string): number | undefined {
  const found = flags.find((flag) => flag.startsWith(`${name}=`))
  return found === undefined ? undefined : Number(found.slice(name.length + 1))
}

function toConfig(database: string) {
  if (database.startsWith('postgres:')) return { client: 'pg', connection: database }
  if (database.startsWith('mysql:')) return { client: 'mysql2', connection: database }
  return { client: 'better-sqlite3', connection: { filename: database }, useNullAsDefault: true }
}
