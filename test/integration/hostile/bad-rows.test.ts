import { expect } from 'chai'
import { computed, field, id } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import { mapping } from '../../../src/definition/transfer-input.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { retryRejects } from '../../../src/run/retry-rejects.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { exportStore } from '../../../src/snapshot/export-store.ts'
import { SnapshotSource } from '../../../src/snapshot/snapshot-source.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import type { Target } from '../../../src/target/target.ts'
import { failureOf } from '../../support/failure-of.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

interface Person {
  age: unknown
}

const RECORDS = 100_000
/** First, last, adjacent, at a batch's edge: some the transform refuses, some the CHECK of the table. */
const BAD = [0, 1, 2, 4_999, 5_000, 50_000, 50_001, 77_777, 99_998, 99_999]

describe('10 bad rows among 100,000', () => {
  const withStore = (work: (place: { target: Target; define(mended?: boolean): ReturnType<typeof defineTransfer> }) => Promise<void>) =>
    withTemporaryFolder(async (folder) => {
      const bad = new Map(BAD.map((at, n) => [at, n % 2 === 0 ? `no number ${n}` : -1 - n]))
      const people = new Map(Array.from({ length: RECORDS }, (_, at) => [`p${at}`, { age: bad.get(at) ?? 20 + (at % 50) }]))
      const snapshot = `${folder}/people.ferry.ndjson`
      exportStore({ people }, snapshot)
      const target = await openTarget({
        config: { client: 'better-sqlite3', connection: { filename: `${folder}/target.sqlite` }, useNullAsDefault: true },
      })
      const mend = ({ age }: Person) => (typeof age === 'number' ? Math.abs(age) : 1)
      const define = (mended = false) =>
        defineTransfer({
          name: 'people',
          source: new SnapshotSource(snapshot),
          target: {},
          folder: `${folder}/ferry`,
          mappings: {
            people: mapping<Person>({
              from: 'people',
              table: 'people',
              columns: { id: id.uuid(), age: mended ? computed(mend).integer() : field('age').integer() },
            }),
          },
        })
      try {
        await target.knex.schema.createTable('people', (table) => {
          table.string('id', 36).primary()
          table.integer('age').notNullable().checkPositive()
        })
        await work({ target, define })
      } finally {
        await target.close()
      }
    })
  const count = async (target: Target) => Number((await target.knex('people').count({ n: '*' }))[0]?.n)

  it('break a budget of nine; with one of ten they are isolated, the good ones arrive, and a retry lands exactly those ten', () =>
    withStore(async ({ target, define }) => {
      const common = { target, noBackup: true }
      const refused = await failureOf(startTransfer({ ...common, transfer: define(), maxRejects: { count: 9 } }))
      expect([refused.code, await count(target)]).to.deep.equal(['FERRY_PREFLIGHT_FAILED', 0])

      const stopped = await startTransfer({ ...common, transfer: define(), maxRejects: { count: 9 }, skipValidation: true })
      expect(stopped).to.deep.include({ status: 'failed', exitCode: 1 })
      expect(stopped.error?.code).to.equal('FERRY_LOAD_BUDGET')
      expect(await target.knex('ferry_rejects').pluck('id')).to.have.length.lessThan(10)

      const moved = await resumeTransfer({ ...common, transfer: define(), maxRejects: { count: 10 } })
      expect(moved).to.deep.include({ status: 'completed_with_rejects', exitCode: 3, rejects: 10 })
      expect(await count(target)).to.equal(RECORDS - 10)
      expect(await target.knex('ferry_rejects').orderBy('item_ordinal').pluck('item_ordinal')).to.deep.equal(BAD)
      expect(new Set(await target.knex('ferry_rejects').pluck('code'))).to.deep.equal(new Set(['TYPE', 'CHECK']))

      const retried = await retryRejects({ ...common, transfer: define(true) })
      expect(retried, JSON.stringify(retried.error)).to.deep.include({ status: 'completed', exitCode: 0 })
      expect(retried.steps.map(({ counts }) => counts.inserted)).to.deep.equal([10])
      expect(await count(target)).to.equal(RECORDS)
      expect(await target.knex('ferry_rejects').distinct('status').pluck('status')).to.deep.equal(['landed'])
    }))
})
