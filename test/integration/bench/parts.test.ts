import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import createKnex from 'knex'
import { holdCommits } from '../../../bench/contestants/hold-commits.ts'
import { withoutJournal } from '../../../bench/contestants/without-journal.ts'
import { createTables } from '../../../bench/workload/create-tables.ts'
import { openTransfer } from '../../../bench/workload/open-transfer.ts'
import { prepare } from '../../../bench/workload/prepare.ts'
import { workload } from '../../../bench/workload/tiny.ts'
import { openTarget, type RunEvent, startTransfer, type Target } from '../../../src/index.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

/** Loads 300 records in batches of 50; `onEvent` sees the database from outside. */
async function load(wrap: (target: Target) => Target, onEvent: (event: RunEvent, seen: Database.Database) => void): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const filename = join(folder, 'bench.sqlite')
    const { source } = await prepare(join(folder, 'work'), workload, 300)
    const knex = createKnex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true })
    await createTables(knex, workload)
    await knex.raw('pragma journal_mode = wal')
    const seen = new Database(filename, { readonly: true })
    const target = await openTarget({ knex })
    try {
      const result = await startTransfer({
        transfer: await openTransfer('tiny', { source, folder: join(folder, 'run') }),
        target: wrap(target),
        batchRows: 50,
        workers: 0,
        noBackup: true,
        noVerify: true,
        skipValidation: true,
        onEvent: (event) => onEvent(event, seen),
      })
      expect(result.status).to.equal('completed_unverified')
      expect(count(seen, 'readings')).to.equal(300)
    } finally {
      seen.close()
      await target.close()
      await knex.destroy()
    }
  })
}

function count(database: Database.Database, table: string): number {
  return Number(database.prepare(`select count(*) from ${table}`).pluck().get())
}

describe('parts that the bench measures', () => {
  it('holds every COMMIT of a step back to its end', async () => {
    const held: number[] = []
    const holding = { open: false }
    await load(
      (target) => holdCommits(target, holding),
      (event, seen) => {
        if (event.type === 'step:started') holding.open = true
        if (event.type === 'step:finished') holding.open = false
        if (event.type === 'batch:committed') held.push(count(seen, 'readings'))
      },
    )
    expect(held).to.deep.equal([0, 0, 0, 0, 0, 0])
  })

  it('writes no row of the journal where it is swallowed, and one a batch where it is not', async () => {
    const journals: number[] = []
    for (const wrap of [withoutJournal, (target: Target) => target]) {
      await load(wrap, (event, seen) => {
        if (event.type === 'step:finished') journals.push(count(seen, 'ferry_journal'))
      })
    }
    expect(journals).to.deep.equal([0, 6])
  })
})
