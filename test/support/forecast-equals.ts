import { expect } from 'chai'
import type { PreflightReport } from '../../src/preflight/preflight.ts'
import type { RunResult } from '../../src/run/run-options.ts'
import { groupRejects } from '../../src/state/rejects.ts'
import type { Session } from '../../src/target/target.ts'

/** What preflight said must be what the run did: the counts of every step, and the rejects by cause. */
export async function expectForecast(seen: PreflightReport, run: RunResult, session: Session): Promise<void> {
  expect(run.error).to.equal(undefined)
  expect(seen.forecasts.map(({ step, counts }) => ({ number: step.number, counts }))).to.deep.equal(
    run.steps.map(({ number, counts }) => ({ number, counts })),
  )
  const stored = new Map<string, number>()
  for (const { mapping, code, pointer, count } of await groupRejects(session, run.runId)) {
    const name = `${mapping} ${code} ${pointer.replace(/\/\d+(?=\/|$)/g, '/<n>')}`
    stored.set(name, (stored.get(name) ?? 0) + count)
  }
  const told = seen.problems.map(({ mapping, code, pointer, count }) => `${mapping} ${code} ${pointer} ${count}`)
  expect(told.sort()).to.deep.equal([...stored].map(([name, count]) => `${name} ${count}`).sort())
}
