import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { SourceAdapter } from '../../../src/core/source-adapter.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { verifyTransfer } from '../../../src/run/verify-transfer.ts'
import { SnapshotSource } from '../../../src/snapshot/snapshot-source.ts'
import { forEachWorld, type WorldRun } from '../../support/world-run.ts'

const DEFINITION = fileURLToPath(new URL('../../support/world-definition.ts', import.meta.url))
const AHEAD = { definitionFile: DEFINITION, workers: 2, workersFrom: 1 } as const

function inWorld(run: WorldRun): void {
  process.env.FERRY_WORLD_SNAPSHOT = run.snapshot
  process.env.FERRY_WORLD_FOLDER = join(run.folder, 'ferry')
}

/** The world's source; notes which collections this thread reads. */
function watchReads(snapshot: string): { readonly source: SourceAdapter; readonly read: string[] } {
  const source = new SnapshotSource(snapshot)
  const read: string[] = []
  const watched = new Proxy(source, {
    get(inner, name) {
      const member: unknown = Reflect.get(inner, name, inner)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        if (name === 'read') read.push(String(given[0]))
        return member.apply(inner, given)
      }
    },
  })
  return { source: watched, read }
}

forEachWorld('verification with worker threads', { teams: 60 }, (run) => {
  beforeEach(async function () {
    this.timeout(60_000)
    inWorld(run())
    const loaded = await startTransfer({ ...run().common, target: run().db.target, workers: 0, noVerify: true })
    expect(loaded.status, JSON.stringify(loaded.error)).to.equal('completed_unverified')
  })

  const verify = async (options: { readonly workers: number }) => {
    const { source, read } = watchReads(run().snapshot)
    const result = await verifyTransfer({ ...run().common, target: run().db.target, source, ...AHEAD, ...options })
    return { read, result: { ...result, ms: 0 } }
  }

  it('says what verification in one thread says, and leaves the records to the threads', async function () {
    this.timeout(60_000)
    const ahead = await verify({ workers: 2 })
    const alone = await verify({ workers: 0 })
    expect(alone.result.passed, JSON.stringify(alone.result.checks)).to.equal(true)
    expect(ahead.result).to.deep.equal(alone.result)
    expect(alone.read).to.include.members(['teams', 'people', 'notes'])
    // the elements of lists, which nobody can count before, and the mapping that met rows of others
    expect(ahead.read).to.deep.equal(['teams', 'settings'])
  })

  it('finds a changed cell, a changed link, a lost row and one too many as one thread does', async function () {
    this.timeout(60_000)
    const { knex } = run()
    const linked = await knex('teams').whereNotNull('lead_id').orderBy('id').first('id')
    const other = await knex('teams').whereNull('lead_id').orderBy('id').first('id')
    await knex('teams').where(linked).update({ lead_id: null })
    await knex('teams').where(other).update({ name: 'changed by a test' })
    const note = await knex('notes').orderBy('id').first('id')
    await knex('notes').where(note).del()
    await knex('people').insert({ id: 'nobody', team_id: other.id, mail: 'nobody@example.org', age: 1 })
    const ahead = await verify({ workers: 2 })
    const alone = await verify({ workers: 0 })
    expect(alone.result.differences.length).to.be.at.least(4)
    expect(ahead.result).to.deep.equal(alone.result)
  })
})
