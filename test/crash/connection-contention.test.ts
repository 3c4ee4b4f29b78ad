import { assert } from 'chai'
import type { Knex } from 'knex'
import type { RunEvent } from '../../src/core/events.ts'
import { rollbackTransfer } from '../../src/run/rollback-transfer.ts'
import { startTransfer } from '../../src/run/start-transfer.ts'
import { openTarget } from '../../src/target/open-target.ts'
import type { Session } from '../../src/target/target.ts'
import { dumpWorld, forEachWorld, type WorldRun } from '../support/world-run.ts'

forEachWorld('a run beside another writer', { teams: 12 }, (run) => {
  before(function () {
    if (this.test?.parent?.title.endsWith('sqlite')) this.skip()
  })

  it('waits a lock out that lasts longer than the lock timeout, and writes every row once', async function () {
    this.timeout(60_000)
    const whole = await unbroken(run())
    const other = await run().db.openAgain()
    const retried: string[] = []
    const target = await openTarget({ config: withLockTimeout(run()) })
    try {
      await other.session.begin()
      await other.session.all('select * from settings for update')
      let released: Promise<void> | undefined
      const result = await startTransfer({
        ...run().common,
        target,
        onEvent: (event) => {
          if (event.type === 'batch:retried') retried.push(event.reason)
          if (event.type === 'step:started' && event.mapping === 'settings') released = releaseLater(other.session)
        },
      })
      await released
      assert.equal(result.status, 'completed_with_rejects', JSON.stringify(result.error))
    } finally {
      await target.close()
    }
    assert.include(retried, 'transient')
    assert.equal(await dumpWorld(run().knex), whole)
  })

  it('is the victim of a deadlock, and does its batch again', async function () {
    this.timeout(60_000)
    const whole = await unbroken(run())
    const { session: other } = await run().db.openAgain()
    const retried: string[] = []
    let writing: Promise<void> | undefined
    await other.begin()
    // The more a transaction has written, the less InnoDB likes it for a victim.
    for (let n = 0; n < 200; n += 1) await other.run('insert into settings (code, value) values (?, ?)', [`other ${n}`, 'x'])
    await other.run("update settings set value = 'held' where code = 's38'")
    const onEvent = (event: RunEvent) => {
      if (event.type === 'batch:retried') retried.push(event.reason)
      // The batch has s0 by now and waits for s38: this closes the ring.
      if (event.type === 'step:started' && event.mapping === 'settings') writing = crossOver(other)
    }
    const result = await startTransfer({ ...run().common, onEvent })
    await writing
    assert.equal(result.status, 'completed_with_rejects', JSON.stringify(result.error))
    assert.include(retried, 'transient')
    assert.equal(await dumpWorld(run().knex), whole)
  })
})

async function unbroken(world: WorldRun): Promise<string> {
  const result = await startTransfer(world.common)
  assert.equal(result.status, 'completed_with_rejects', JSON.stringify(result.error))
  const whole = await dumpWorld(world.knex)
  await rollbackTransfer(world.common)
  if (world.db.engine === 'postgres') await world.knex.raw("select setval(pg_get_serial_sequence('notes', 'id'), 1, false)")
  if (world.db.engine === 'mysql') await world.knex.raw('alter table notes auto_increment = 1')
  return whole
}

function withLockTimeout(world: WorldRun): Knex.Config {
  const sql = world.db.engine === 'postgres' ? "set lock_timeout = '300ms'" : 'set innodb_lock_wait_timeout = 1'
  const afterCreate = (
    connection: { query(sql: string, done: (error: Error | null) => void): void },
    done: (error: Error | null, connection: unknown) => void,
  ) => connection.query(sql, (error) => done(error, connection))
  return { ...world.db.config, pool: { min: 0, max: 3, afterCreate } }
}

/** Longer than the lock timeout of `withLockTimeout`. */
async function releaseLater(session: Session): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2500))
  await session.rollback()
}

async function crossOver(other: Session): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 500))
  try {
    await other.run("update settings set value = 'held' where code = 's0'")
  } finally {
    await other.rollback()
  }
}
