import { expect } from 'chai'
import type { VerifyBasis, VerifyOptions } from '../../../src/verify/verify.ts'
import { libraryRecords, libraryTransfer, makeLibrary } from '../../support/library-transfer.ts'
import { type Moved, moveInto } from '../../support/moved-library.ts'
import { PLANTERS, type Plant, seededChance } from '../../support/plant-damage.ts'

const ROUNDS = 9
const BASES: Readonly<Record<VerifyBasis, Partial<VerifyOptions>>> = {
  load: { loadedNow: async () => true },
  source: {},
  journal: { source: undefined },
}

describe('verification of planted damage', function () {
  this.timeout(120_000)
  let moved: Moved

  before(async () => {
    moved = await moveInto(libraryTransfer(libraryRecords({ authors: 40, books: 90 })), makeLibrary)
  })
  after(() => moved.drop())

  for (const basis of ['load', 'source', 'journal'] as const) {
    it(`passes an untouched target, against the ${basis}`, async () => {
      const result = await moved.verify(BASES[basis])
      expect(result.checks.filter(({ status }) => status !== 'passed')).to.deep.equal([])
      expect(result.passed).to.equal(true)
      expect(result.basis).to.equal(basis)
      expect(result.differences).to.deep.equal([])
      expect(result.tables.map(({ table, expected, found }) => [table, expected, found])).to.have.deep.members([
        ['authors', 40, 40],
        ['books', 90, 90],
        ['book_tags', 90, 90],
      ])
    })

    for (const kind of Object.keys(PLANTERS)) {
      it(`finds ${kind} ${ROUNDS} times out of ${ROUNDS}, against the ${basis}, and blames no other table`, async () => {
        for (let round = 0; round < ROUNDS; round += 1) await expectFound(kind, { round, basis })
      })
    }
  }

  async function expectFound(kind: string, at: { round: number; basis: VerifyBasis }): Promise<void> {
    const { session } = moved
    await session.begin()
    try {
      await session.run('pragma defer_foreign_keys = on')
      const plant = await PLANTERS[kind]?.(session, seededChance(at.round * 7919 + kind.length * 31 + Object.keys(BASES).indexOf(at.basis)))
      if (plant === undefined) throw new Error(`no planter ${kind}`)
      const result = await moved.verify(BASES[at.basis])
      expectOnly(result, plant, `${kind} round ${at.round}`)
    } finally {
      await session.rollback()
    }
  }
})

function expectOnly(result: Awaited<ReturnType<Moved['verify']>>, plant: Plant, what: string): void {
  expect(result.passed, what).to.equal(false)
  for (const verdict of result.tables) {
    const found = verdict.missing + verdict.extra + verdict.changed
    if (verdict.table === plant.table) expect(found, `${what}: ${plant.table}`).to.be.greaterThan(0)
    else expect(found, `${what}: ${verdict.table} was not touched`).to.equal(0)
  }
  expect(result.differences, what).not.to.deep.equal([])
  for (const difference of result.differences) expect(difference.table, what).to.equal(plant.table)
}
