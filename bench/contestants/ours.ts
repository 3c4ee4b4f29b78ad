import { fileURLToPath } from 'node:url'
import { openTarget, startTransfer } from '../../src/index.ts'
import { openTransfer } from '../workload/open-transfer.ts'
import { report, type Task } from './contestant.ts'
import { type Holding, holdCommits } from './hold-commits.ts'
import { openKnex } from './open-knex.ts'
import { assertNoJournal, withoutJournal } from './without-journal.ts'
import { withoutPacking } from './without-packing.ts'

/** knex-ferry, with what the flags leave on. */
await report(async (task) => {
  process.env.BENCH_WORKLOAD = task.workload
  process.env.BENCH_SOURCE = task.source
  process.env.BENCH_FOLDER = task.folder
  const workers = numberFlag(task, 'workers')
  const batchRows = numberFlag(task, 'batch')
  const isWithoutJournal = task.flags.includes('no-journal')
  if (isWithoutJournal) await assertNoJournal()
  const knex = openKnex(task.database)
  const opened = await openTarget({ knex })
  const target = task.flags.includes('unpacked') ? withoutPacking(opened) : opened
  const holding: Holding = { open: false }
  const seen = task.flags.includes('one-commit') ? holdCommits(target, holding) : target
  const phases: Record<string, number> = {}
  let peak = 0
  try {
    const result = await startTransfer({
      transfer: await openTransfer(task.workload, task),
      target: isWithoutJournal ? withoutJournal(seen) : seen,
      definitionFile: fileURLToPath(new URL('../workload/definition.js', import.meta.url)),
      ...(batchRows === undefined ? {} : { batchRows }),
      ...(workers === undefined ? {} : { workers }),
      ...workersFrom(),
      noBackup: true,
      skipValidation: !task.flags.includes('preflight'),
      noVerify: !task.flags.includes('verify'),
      onEvent: (event) => {
        if (event.type === 'phase:finished') phases[event.phase] = event.ms
        if (event.type === 'indexes:restored') phases.indexes = (phases.indexes ?? 0) + event.ms
        if (event.type === 'step:started') holding.open = true
        if (event.type === 'step:finished') holding.open = false
        if (event.type !== 'batch:committed') return
        peak = Math.max(peak, event.rssBytes)
        for (const [station, ms] of Object.entries(event.stations)) phases[`station ${station}`] = (phases[`station ${station}`] ?? 0) + ms
      },
    })
    if (result.error !== undefined) throw new Error(`${result.error.code}: ${result.error.message}`)
    if (result.exitCode !== 0) throw new Error(`the run ended as ${result.status}, with ${result.rejects} rejects`)
    return { ...phases, peakRssInLoadMiB: peak / 2 ** 20 }
  } finally {
    await target.close()
    await knex.destroy()
  }
})

/** The number of a flag such as `workers=2`. */
function numberFlag({ flags }: Task, name: string): number | undefined {
  const found = flags.find((flag) => flag.startsWith(`${name}=`))
  return found === undefined ? undefined : Number(found.slice(name.length + 1))
}

/** Lets a bench of few records do what one of many does. */
function workersFrom(): { readonly workersFrom?: number } {
  const { BENCH_WORKERS_FROM: from } = process.env
  return from === undefined ? {} : { workersFrom: Number(from) }
}
