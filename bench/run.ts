import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from './build.ts'
import { type Lineup, listContestants } from './contestants/list-contestants.ts'
import { measureCommands } from './measure/measure-commands.ts'
import { type BenchOptions, readOptions, USAGE } from './options.ts'
import { renderPage } from './report/render-page.ts'
import { renderResults } from './report/render-results.ts'
import type { BenchResults, Case } from './results.ts'
import { runCase } from './run-case.ts'
import { readRecorded, recordShort, runShort } from './run-short.ts'
import { findWorkload } from './workload/find-workload.ts'
import { prepare } from './workload/prepare.ts'
import type { Workload } from './workload/workload.ts'

const options = readAll(process.argv.slice(2))
const out = resolve(options.out)
const root = join(out, 'work')
mkdirSync(root, { recursive: true })
const built = build()
const lineup = listContestants(built)
const startedAt = new Date()
const leftOut: string[] = []
if (options.short) process.exitCode = await short()
else await long()

async function short(): Promise<number> {
  const bench = {
    processors: cpus().length,
    run: async () => {
      const [done] = await runWorkload(await findWorkload(options.workloads[0] ?? ''))
      if (done === undefined) throw new TypeError('the short bench is of one workload on SQLite')
      write([done])
      return done
    },
  }
  if (options.record) {
    await recordShort(bench)
    return 0
  }
  const { passed, lines } = await runShort(bench, readRecorded())
  for (const line of lines) console.log(line)
  return passed ? 0 : 1
}

async function long(): Promise<void> {
  leftOut.push(...lineup.leftOut)
  const cases: Case[] = []
  for (const name of options.workloads) cases.push(...(await runWorkload(await findWorkload(name))))
  write(cases, options.commands ? await measureCommands(built.whole, options.rounds, root) : [])
}

async function runWorkload(workload: Workload): Promise<readonly Case[]> {
  const absent = workload.absent?.()
  if (absent !== undefined) {
    leftOut.push(`the workload ${workload.name} is left out: ${absent}`)
    return []
  }
  const cases: Case[] = []
  for (const records of sizesOf(workload)) {
    const prepared = await prepare(root, workload, records)
    for (const engine of options.engines) {
      const contestants = choose(lineup, workload).filter((one) => one.engine === engine)
      if (workload.engines?.includes(engine) === false || contestants.length === 0) continue
      const done = await runCase({ prepared, engine, contestants, rounds: options.rounds, root })
      if (done === undefined) leftOut.push(`${engine} is left out: no server answers`)
      else cases.push(done)
    }
  }
  return cases
}

function sizesOf({ records }: Workload): readonly number[] {
  // As many as its source has.
  if (records === undefined) return [0]
  return options.sizes.length > 0 ? options.sizes : [options.full ? records.full : records.usual]
}

function choose({ contestants }: Lineup, workload: Workload) {
  const { contestants: named } = options
  if (named.length === 0) return contestants.filter(({ everywhere }) => everywhere || workload.name === 'sessions')
  const unknown = named.find((wanted) => !contestants.some(({ name }) => name === wanted))
  if (unknown !== undefined) {
    const names = [...new Set(contestants.map(({ name }) => name))]
    refuse(`there is no contestant ${JSON.stringify(unknown)}: ${names.join('; ')}`)
  }
  return contestants.filter(({ name }) => named.includes(name))
}

function write(cases: readonly Case[], commands: BenchResults['commands'] = []): void {
  const bench: BenchResults = {
    rounds: options.rounds,
    startedAt: startedAt.toISOString(),
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`,
    processors: cpus().length,
    cases,
    commands,
    leftOut: [...new Set(leftOut)],
  }
  const name = startedAt.toISOString().replaceAll(/[-:]/g, '').slice(0, 15)
  writeFileSync(join(out, `${name}.json`), JSON.stringify(bench, undefined, 2))
  writeFileSync(join(out, `${name}.html`), renderPage(bench))
  console.log(renderResults(bench))
  console.log(`${join(out, name)}.json and .html`)
}

/** Ends here where there is nothing to run. */
function readAll(args: readonly string[]): BenchOptions {
  if (args.includes('--help')) {
    console.log(USAGE)
    process.exit(0)
  }
  try {
    return readOptions(args)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return refuse(error.message)
  }
}

function refuse(why: string): never {
  console.error(`${why}\n\n${USAGE}`)
  process.exit(2)
}
