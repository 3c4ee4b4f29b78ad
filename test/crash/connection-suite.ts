import { assert } from 'chai'
import type { RunEvent } from '../../src/core/events.ts'
import { resumeTransfer } from '../../src/run/resume-transfer.ts'
import { rollbackTransfer } from '../../src/run/rollback-transfer.ts'
import type { RunResult } from '../../src/run/run-options.ts'
import { startTransfer } from '../../src/run/start-transfer.ts'
import { openTarget } from '../../src/target/open-target.ts'
import type { Session, Target } from '../../src/target/target.ts'
import { type CutMoment, openCuttingProxy } from '../support/cutting-proxy.ts'
import { dumpWorld, forEachWorld, type WorldRun } from '../support/world-run.ts'

export interface ConnectionSuiteOptions {
  /** Backends killed while a run is at work, each in a run of its own. */
  readonly kills: number
  /** Which COMMITs of a run lose their connection. */
  readonly commits: readonly number[]
  readonly teams: number
}

/** Takes the connection away from runs on the servers: each goes on or can be resumed, and its tables are those of an unbroken run. */
export function describeLostConnections(options: ConnectionSuiteOptions): void {
  forEachWorld('a run that loses its connection', { teams: options.teams }, (run) => {
    before(function () {
      if (this.test?.parent?.title.endsWith('sqlite')) this.skip()
    })

    it(`gives the tables of an unbroken run after each of ${options.kills} killed backends`, async function () {
      this.timeout(0)
      const whole = await unbroken(run())
      const killer = await run().db.openAgain()
      const tally = { wentOn: 0, resumed: 0 }
      for (let n = 0; n < options.kills; n += 1) {
        let commits = 0
        const fatal = 1 + ((n * 5) % 16)
        const onEvent = (event: RunEvent) => {
          if (event.type !== 'batch:committed') return
          commits += 1
          if (commits === fatal) setTimeout(() => void killOthers(killer.session).catch(() => {}), (n * 7) % 23)
        }
        const target = await openTarget({ config: run().db.config })
        try {
          const first = await startTransfer({ ...run().common, target, onEvent })
          tally[first.status === 'completed_with_rejects' ? 'wentOn' : 'resumed'] += 1
          await finish(run(), first)
        } finally {
          await target.close()
        }
        assert.equal(await dumpWorld(run().knex), whole, `killed after commit ${fatal}`)
        await assertOnce(run().knex)
        await takeBack(run())
      }
      // All but the rare kill outside the load are survived without anybody's help.
      assert.isAtLeast(tally.wentOn, tally.resumed, JSON.stringify(tally))
    })

    for (const moment of ['answered', 'sent'] as const) {
      const what = moment === 'answered' ? 'whose answer is lost' : 'that never arrives'
      it(`gives the tables of an unbroken run after a COMMIT ${what} (${options.commits.length} places)`, async function () {
        this.timeout(0)
        const whole = await unbroken(run())
        for (const commit of options.commits) {
          const { result, cuts, retried } = await cutRun(run(), commit, moment)
          // The run has fewer COMMITs than were asked for: every place was cut.
          if (cuts === 0) {
            assert.isAbove(commit, 12)
            assert.equal(result.status, 'completed_with_rejects')
            break
          }
          await finish(run(), result)
          assert.equal(await dumpWorld(run().knex), whole, `${moment}, commit ${commit}`)
          await assertOnce(run().knex)
          if (retried.length > 0) assert.include(retried, 'connection')
          await takeBack(run())
        }
      })
    }
  })
}

/** The tables after a run that nothing disturbs; the database is as before again. */
async function unbroken(world: WorldRun): Promise<string> {
  const result = await startTransfer(world.common)
  assert.equal(result.status, 'completed_with_rejects', JSON.stringify(result.error))
  const whole = await dumpWorld(world.knex)
  await takeBack(world)
  return whole
}

/** The database as before the run, the counter of notes included. */
async function takeBack(world: WorldRun): Promise<void> {
  await rollbackTransfer(world.common)
  if (world.db.engine === 'postgres') await world.knex.raw("select setval(pg_get_serial_sequence('notes', 'id'), 1, false)")
  if (world.db.engine === 'mysql') await world.knex.raw('alter table notes auto_increment = 1')
}

async function cutRun(world: WorldRun, commit: number, moment: CutMoment): Promise<{ result: RunResult; cuts: number; retried: string[] }> {
  const proxy = await openCuttingProxy(world.db.config)
  const retried: string[] = []
  let target: Target | undefined
  try {
    target = await openTarget({ config: proxy.config })
    const result = await startTransfer({
      ...world.common,
      target,
      onEvent: (event) => {
        if (event.type === 'phase:started' && event.phase === 'load') proxy.cutAt(commit, moment)
        if (event.type === 'batch:retried') retried.push(event.reason)
      },
    })
    return { result, cuts: proxy.cuts(), retried }
  } finally {
    await target?.close()
    await proxy.close()
  }
}

async function finish(world: WorldRun, first: RunResult): Promise<void> {
  if (first.status === 'completed_with_rejects') return
  // A server that could not be told leaves the run to its lease; here it is told that the time has passed.
  await world.knex('ferry_runs').where({ id: first.runId }).update({ lease_owner: null, lease_expires_at: null })
  const result = await resumeTransfer(world.common)
  assert.equal(result.status, 'completed_with_rejects', JSON.stringify([first.error, result.error]))
}

/** Every batch of the newest run stands in the journal once. */
async function assertOnce(knex: WorldRun['knex']): Promise<void> {
  const [newest] = await knex('ferry_runs').orderBy('started_at', 'desc').limit(1)
  for (const step of await knex('ferry_steps').where({ run_id: newest.id })) {
    const [journal] = await knex('ferry_journal').where({ run_id: newest.id, step_no: step.step_no }).count({ n: '*' })
    assert.equal(Number(journal?.n), Number(step.batches))
  }
}

/** Every other connection to this database. */
async function killOthers(session: Session): Promise<void> {
  if (session.dialect.engine === 'postgres') {
    await session.all(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    return
  }
  const found = await session.all<{ id: number }>(
    'select id from information_schema.processlist where db = database() and id <> connection_id()',
  )
  for (const { id } of found) await session.run(`kill ${id}`).catch(() => {})
}
