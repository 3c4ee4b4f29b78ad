import { readFileSync, writeFileSync } from 'node:fs'
import { ALLOWED, type Judgement, judgeRatios, type Recorded } from './judge-ratios.ts'
import type { Case } from './results.ts'

export interface ShortBench {
  readonly processors: number
  /** Runs the whole of it: once more where a ratio is worse, since machines are noisy. */
  run(): Promise<Case>
}

const RECORDED = new URL('recorded.json', import.meta.url)

/** What bench/recorded.json holds. */
export function readRecorded(): Recorded {
  return JSON.parse(readFileSync(RECORDED, 'utf8'))
}

/** Compares with what was recorded. `passed` is false where a ratio was worse twice. @throws TypeError where other work was recorded */
export async function runShort(
  { run, processors }: ShortBench,
  recorded: Recorded,
): Promise<{ readonly passed: boolean; readonly lines: readonly string[] }> {
  const first = judge(await run(), recorded, processors)
  if (isKept(first)) return { passed: true, lines: first.map(renderJudgement) }
  const second = judge(await run(), recorded, processors)
  return {
    passed: isKept(second),
    lines: [...first.map(renderJudgement), 'Once more, since a ratio was worse:', ...second.map(renderJudgement)],
  }
}

/** Writes bench/recorded.json. */
export async function recordShort({ run, processors }: ShortBench): Promise<void> {
  const done = await run()
  const recorded: Recorded = {
    workload: done.workload,
    records: done.records,
    processors,
    node: process.version,
    ratios: ratiosOf(done),
  }
  writeFileSync(RECORDED, `${JSON.stringify(recorded, undefined, 2)}\n`)
}

function judge(done: Case, recorded: Recorded, processors: number): readonly Judgement[] {
  if (done.workload !== recorded.workload || done.records !== recorded.records) {
    throw new TypeError(`bench/recorded.json is of ${recorded.records} records of ${recorded.workload}: compare with the same`)
  }
  return judgeRatios(ratiosOf(done), recorded, processors)
}

/** Of all but the floor, which is 1. */
function ratiosOf({ results }: Case): Record<string, number> {
  return Object.fromEntries(results.slice(1).map(({ name, ratio }) => [name, Math.round(ratio.median * 100) / 100]))
}

function isKept(judgements: readonly Judgement[]): boolean {
  return judgements.every(({ verdict }) => verdict !== 'worse')
}

function renderJudgement({ name, measured, recorded, verdict }: Judgement): string {
  const found = measured === undefined ? 'did not take part' : `${measured.toFixed(2)} times the floor`
  const said = {
    kept: '',
    worse: `: more than ${Math.round((ALLOWED - 1) * 100)} % worse`,
    apart: ': not judged, recorded with more processors',
  }[verdict]
  return `${name}: ${found}, recorded ${recorded.toFixed(2)}${said}`
}
