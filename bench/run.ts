import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bed, EngineName } from './beds/bed.ts'
import { countSessions } from './beds/count-rows.ts'
import { openServerBed } from './beds/server-bed.ts'
import { openSqliteBed } from './beds/sqlite-bed.ts'
import type { Outcome } from './contestants/contestant.ts'
import { type Contestant, listContestants } from './contestants.ts'
import { runProcess } from './measure/run-process.ts'
import { type BenchOptions, readOptions } from './options.ts'
import { renderPage } from './report/render-page.ts'
import { renderResults } from './report/render-results.ts'
import { type BenchResults, type Result, type Round, summarize } from './results.ts'
import { sizesOf } from './workload/records.ts'
import { type Workload, writeWorkload } from './workload/write-workload.ts'

const PROJECT = fileURLToPath(new URL('..', import.meta.url))

const options = readOptions(process.argv.slice(2))
const out = resolve(options.out)
mkdirSync(out, { recursive: true })
const built = build()
const workload = writeWorkload(join(out, 'work'), sizesOf(options.sessions))
const startedAt = new Date()
const results: Result[] = []
for (const engine of options.engines) results.push(...(await runEngine(engine, workload)))
const bench: BenchResults = {
  sessions: options.sessions,
  bytes: workload.bytes,
  rounds: options.rounds,
  startedAt: startedAt.toISOString(),
  machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`,
  results,
}
const name = startedAt.toISOString().replaceAll(/[-:]/g, '').slice(0, 15)
writeFileSync(join(out, `${name}.json`), JSON.stringify(bench, undefined, 2))
writeFileSync(join(out, `${name}.html`), renderPage(bench))
console.log(renderResults(bench))
console.log(`${join(out, name)}.json and .html`)

/** Contestants run as the package does: compiled, without a loader. */
function build(): string {
  // Inside the project, where the packages are found; apart for each bench that runs.
  const outDir = join(PROJECT, 'bench/results', `built-${process.pid}`)
  process.on('exit', () => rmSync(outDir, { recursive: true, force: true }))
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
  execFileSync(process.execPath, [tsc, '-p', join(PROJECT, 'bench/tsconfig.json'), '--outDir', outDir], {
    stdio: 'inherit',
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  return outDir
}

async function runEngine(engine: EngineName, load: Workload): Promise<readonly Result[]> {
  const contestants = listContestants(built).filter((one) => one.engine === engine && (options.full || !one.onlyFull))
  const bed = engine === 'sqlite' ? await openSqliteBed(join(out, 'work')) : await openServerBed(engine)
  if (bed === undefined) {
    console.error(`${engine}: no server answers, left out`)
    return []
  }
  try {
    const entries = contestants.map((contestant) => ({ contestant, rounds: [] as Round[] }))
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const { contestant, rounds } of entries) {
        rounds.push(await runRound(contestant, bed, load))
        console.error(`${engine}, round ${round} of ${options.rounds}: ${contestant.name} ${Math.round(rounds.at(-1)?.wallMs ?? 0)} ms`)
      }
    }
    return summarize(entries, rowsOf(options))
  } finally {
    await bed.close()
  }
}

async function runRound(contestant: Contestant, bed: Bed, load: Workload): Promise<Round> {
  const folder = join(out, 'work', 'run')
  rmSync(folder, { recursive: true, force: true })
  const database = await bed.fresh()
  const run = await runProcess(contestant.command({ database, folder, workload: load }))
  const outcome: Outcome | undefined = contestant.tells ? JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') : undefined
  const rows = await countSessions(contestant.engine, database)
  if (rows !== options.sessions) throw new Error(`${contestant.name} left ${rows} rows in the table, not ${options.sessions}`)
  return { wallMs: run.wallMs, peakRssBytes: run.peakRssBytes, outcome }
}

function rowsOf({ sessions }: BenchOptions): number {
  const sizes = sizesOf(sessions)
  return sizes.sessions + sizes.vehicles + sizes.spots
}
