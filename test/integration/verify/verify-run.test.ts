import { expect } from 'chai'
import { computed, field, id, key } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import { mapping, type TransferInput } from '../../../src/definition/transfer-input.ts'
import { retryRejects } from '../../../src/run/retry-rejects.ts'
import { verifyTransfer } from '../../../src/run/verify-transfer.ts'
import type { Session } from '../../../src/target/target.ts'
import type { VerifyResult } from '../../../src/verify/verify.ts'
import { libraryRecords, libraryTransfer, makeLibrary } from '../../support/library-transfer.ts'
import { ListSource } from '../../support/list-source.ts'
import { type Moved, moveInto } from '../../support/moved-library.ts'

interface Car {
  readonly plate: string
  readonly seats: number
}

const CARS = Array.from({ length: 60 }, (_, at): [string, Car] => [`car ${at}`, { plate: `P ${at}`, seats: at % 9 === 0 ? -at : 4 }])

async function makeCars(session: Session): Promise<void> {
  await session.run(
    'create table cars (id integer primary key, plate text not null unique, seats integer not null check (seats >= 0), note text)',
  )
  await session.run("insert into cars (id, plate, seats, note) values (7, 'P 3', 2, 'kept'), (8, 'old', 2, null)")
}

function carTransfer(options: { conflict?: 'insert' | 'skip' | 'upsert'; mended?: boolean } & Partial<TransferInput> = {}) {
  const { conflict = 'insert', mended = false, ...rest } = options
  return defineTransfer({
    name: 'cars',
    source: new ListSource({ cars: CARS, plates: CARS.map(([name, { plate }]) => [name, plate]) }),
    target: {},
    batchRows: 13,
    maxRejects: 100,
    mappings: {
      cars: mapping<Car>({
        from: 'cars',
        table: 'cars',
        conflict,
        match: conflict === 'insert' ? [] : ['plate'],
        columns: {
          id: id.integer(),
          plate: field('plate').text(),
          seats: mended ? computed((car: Car) => Math.abs(car.seats)).integer() : field('seats').integer(),
        },
      }),
    },
    ...rest,
  })
}

/** Damages the target inside a transaction, looks, and takes it back. */
async function damaged(moved: Moved, sql: readonly string[], look: () => Promise<VerifyResult>): Promise<VerifyResult> {
  await moved.session.begin()
  try {
    for (const statement of sql) await moved.session.run(statement)
    return await look()
  } finally {
    await moved.session.rollback()
  }
}

async function withMoved(
  transfer: ReturnType<typeof defineTransfer>,
  make: (session: Session) => Promise<void>,
  use: (moved: Moved) => Promise<void>,
) {
  const moved = await moveInto(transfer, make)
  try {
    await use(moved)
  } finally {
    await moved.drop()
  }
}

const checkOf = (result: VerifyResult, name: string) => result.checks.find((check) => check.name === name)?.status

describe('verifyRun', function () {
  this.timeout(60_000)

  it('looks at the source for what differs from the load: column and both values', async () => {
    await withMoved(carTransfer(), makeCars, async (moved) => {
      const result = await damaged(moved, ["update cars set seats = 5 where plate = 'P 20'"], () =>
        moved.verify({ loadedNow: async () => true }),
      )
      expect(result.basis).to.equal('load')
      expect(result.differences).to.deep.equal([
        { kind: 'changed', table: 'cars', key: result.differences[0]?.key, column: 'seats', expected: '4', found: '5' },
      ])
    })
  })

  for (const conflict of ['insert', 'skip', 'upsert'] as const) {
    it(`keeps rows that were there before apart: conflict ${conflict}`, () =>
      withMoved(carTransfer({ conflict }), makeCars, async (moved) => {
        for (const basis of [{}, { source: undefined }]) {
          expect((await moved.verify(basis)).passed).to.equal(true)
          const edited = await damaged(moved, ["update cars set note = 'x', seats = 9 where id = 8"], () => moved.verify(basis))
          expect(edited.differences, 'a row of others').to.deep.equal([])
          const changed = await damaged(moved, ["update cars set seats = 5 where plate = 'P 20'"], () => moved.verify(basis))
          expect(changed.tables[0]?.changed).to.equal(1)
          const lost = await damaged(moved, ["delete from cars where plate = 'P 21'"], () => moved.verify(basis))
          expect(lost.tables[0]?.missing).to.equal(1)
          const extra = await damaged(moved, ["insert into cars (id, plate, seats) values (9000, 'new', 1)"], () => moved.verify(basis))
          expect(extra.differences).to.deep.equal([{ kind: 'extra', table: 'cars', key: '9000' }])
          const both = ['delete from cars where id = 8', "insert into cars (id, plate, seats) values (9000, 'new', 1)"]
          expect((await damaged(moved, both, () => moved.verify(basis))).tables[0]?.extra, 'one lost, one added').to.equal(1)
        }
      }))
  }

  it('finds a row that upsert changed and somebody changed back', () =>
    withMoved(carTransfer({ conflict: 'upsert' }), makeCars, async (moved) => {
      const result = await damaged(moved, ['update cars set seats = 2 where id = 7'], () => moved.verify())
      expect(result.differences).to.deep.equal([{ kind: 'changed', table: 'cars', key: '7' }])
    }))

  it('calls edits and additions of later days changed since, and fails on them only when strict', () =>
    withMoved(carTransfer(), makeCars, async (moved) => {
      const later = (strict: boolean) => moved.verify({ mode: 'later', strict })
      const edits = ["update cars set seats = 5 where plate = 'P 20'", "insert into cars (id, plate, seats) values (9000, 'new', 1)"]
      const lenient = await damaged(moved, edits, () => later(false))
      expect(lenient.passed).to.equal(true)
      expect(lenient.tables[0]).to.include({ changed: 0, extra: 0, changedSince: 2 })
      expect(checkOf(lenient, 'rows')).to.equal('warning')
      expect((await damaged(moved, edits, () => later(true))).passed).to.equal(false)
      expect((await damaged(moved, ["delete from cars where plate = 'P 20'"], () => later(false))).passed).to.equal(false)
    }))

  it('shows key, column and both values, at most as many as asked for, and counts all', () =>
    withMoved(libraryTransfer(libraryRecords({ authors: 20, books: 30 })), makeLibrary, async (moved) => {
      const one = await damaged(moved, ["update books set price = '1.5', meta = null where isbn = '978-3'"], () => moved.verify())
      expect(one.differences).to.deep.equal([
        { kind: 'changed', table: 'books', key: '4', column: 'price', expected: '"3.35"', found: '"1.5"' },
        { kind: 'changed', table: 'books', key: '4', column: 'meta', expected: '"{\\"shelf\\":3,\\"signed\\":false}"', found: null },
      ])
      const many = await damaged(moved, ["update books set title = 'x'"], () => moved.verify({ limit: 5 }))
      expect(many.differences).to.have.lengthOf(5)
      expect(many.tables.find(({ table }) => table === 'books')?.changed).to.equal(30)
    }))

  it('sees links that point nowhere', () =>
    withMoved(libraryTransfer(libraryRecords({ authors: 20, books: 30 })), makeLibrary, async (moved) => {
      const cut = ['pragma defer_foreign_keys = on', "delete from books where isbn = '978-5'"]
      expect(checkOf(await damaged(moved, cut, () => moved.verify()), 'foreign-keys')).to.equal('failed')
    }))

  it('retried rejects belong to the retry, and both runs verify', () =>
    withMoved(carTransfer(), makeCars, async (moved) => {
      const mended = { ...carTransfer({ mended: true }), folder: moved.transfer.folder }
      await moved.session.close()
      const retried = await retryRejects({ transfer: mended, target: moved.target, runId: moved.runId })
      expect(retried.error).to.equal(undefined)
      expect(retried.steps[0]?.counts.inserted).to.equal(7)
      const { transfer, target, runId } = moved
      const parent = await verifyTransfer({ transfer, target, runId, strict: true })
      expect(parent.checks.filter(({ status }) => status !== 'passed')).to.deep.equal([])
      expect(parent.basis).to.equal('source')
      expect(parent.tables[0]).to.include({ missing: 0, extra: 0, changed: 0, changedSince: 0 })
    }))

  it('compares derived collections, invariants and SQL with the source', async () => {
    const transfer = carTransfer({
      derived: {
        plates: async function* (store) {
          for await (const { key: name, value } of store.records('cars')) yield [name, name === 'car 9' ? 'X' : (value as Car).plate]
        },
      },
      invariants: [
        { name: 'seats', sql: "select sum(seats) from cars where plate like 'P %'", equals: 4 * 52 + 2 },
        { name: 'none', sql: 'select null', equals: null },
        { name: 'wrong', sql: 'select count(*) from cars', source: async () => 1 },
        { name: 'writes', sql: 'delete from cars', equals: 0 },
      ],
    })
    const moved = await moveInto({ ...transfer, derived: [], invariants: [] }, makeCars)
    try {
      const result = await moved.verify({ transfer: { ...transfer, folder: moved.transfer.folder } })
      expect(checkOf(result, 'derived:plates')).to.equal('failed')
      expect(result.checks.find(({ name }) => name === 'derived:plates')?.detail).to.contain('1 only held, 1 only computed')
      expect(checkOf(result, 'invariant:seats')).to.equal('passed')
      expect(checkOf(result, 'invariant:none')).to.equal('passed')
      expect(checkOf(result, 'invariant:wrong')).to.equal('failed')
      expect(checkOf(result, 'invariant:writes')).to.equal('failed')
      expect(result.passed).to.equal(false)
    } finally {
      await moved.drop()
    }
  })

  it('compares tables without a rowid, and tells rows whose keys were swapped', () =>
    withMoved(
      defineTransfer({
        name: 'kept',
        source: new ListSource({ cars: CARS.slice(1, 9) }),
        target: {},
        mappings: {
          cars: mapping<Car>({
            from: 'cars',
            table: 'cars',
            columns: { id: key().text(), plate: field('plate').text(), seats: field('seats').integer() },
          }),
        },
      }),
      async (session) => {
        await session.run('create table cars (id text primary key, plate text not null, seats integer) without rowid')
      },
      async (moved) => {
        expect((await moved.verify()).passed).to.equal(true)
        const swapped = [
          "update cars set id = 'tmp' where id = 'car 3'",
          "update cars set id = 'car 3' where id = 'car 4'",
          "update cars set id = 'car 4' where id = 'tmp'",
        ]
        expect((await damaged(moved, swapped, () => moved.verify())).tables[0]?.changed).to.equal(2)
      },
    ))
})
