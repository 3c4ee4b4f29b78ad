import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Bed, EngineName } from './beds/bed.ts'
import { countRows } from './beds/count-rows.ts'
import { openServerBed } from './beds/server-bed.ts'
import { openSqliteBed } from './beds/sqlite-bed.ts'
import type { Contestant } from './contestants/list-contestants.ts'
import type { Round } from './measure/rounds.ts'
import { runProcess } from './measure/run-process.ts'
import { type Case, summarize } from './results.ts'
import type { Prepared } from './workload/prepare.ts'

export interface CaseToRun {
  readonly prepared: Prepared
  readonly engine: EngineName
  readonly contestants: readonly Contestant[]
  readonly rounds: number
  /** For databases and the files of runs. */
  readonly root: string
}

/** Runs the contestants by turns, round after round. undefined where no server answers. @throws where one does not leave the rows it should */
export async function runCase({ prepared, engine, contestants, rounds, root }: CaseToRun): Promise<Case | undefined> {
  const { workload, records, rows, bytes } = prepared
  const bed = engine === 'sqlite' ? await openSqliteBed(root, workload) : await openServerBed(engine, workload)
  if (bed === undefined) return undefined
  try {
    const entries = contestants.map((contestant) => ({ contestant, rounds: [] as Round[] }))
    for (let round = 1; round <= rounds; round += 1) {
      for (const entry of entries) {
        const done = await runRound(entry.contestant, bed, { prepared, folder: join(root, 'run') })
        entry.rounds.push(done)
        console.error(
          `${workload.name} ${records} ${engine}, round ${round} of ${rounds}: ${entry.contestant.name} ${Math.round(done.wallMs)} ms`,
        )
      }
    }
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0)
    return summarize({ workload: workload.name, title: workload.title, engine, records, rows: total, bytes }, entries)
  } finally {
    await bed.close()
    rmSync(join(root, 'run'), { recursive: true, force: true })
  }
}

async function runRound(contestant: Contestant, bed: Bed, place: { readonly prepared: Prepared; readonly folder: string }): Promise<Round> {
  rmSync(place.folder, { recursive: true, force: true })
  const database = await bed.fresh()
  let wallMs = 0
  let peakRssBytes = 0
  let said = ''
  for (const command of await contestant.commands({ ...place, database })) {
    const run = await runProcess(command)
    wallMs += run.wallMs
    peakRssBytes = Math.max(peakRssBytes, run.peakRssBytes)
    said = run.stdout
  }
  const expected = place.prepared.rows
  const found = await countRows(database, Object.keys(expected))
  for (const [table, count] of Object.entries(expected)) {
    if (found[table] !== count) throw new Error(`${contestant.name} left ${found[table]} rows in ${table}, not ${count}`)
  }
  return { wallMs, peakRssBytes, outcome: contestant.tells ? JSON.parse(said.trim().split('\n').at(-1) ?? '') : undefined }
}
