import Database from 'better-sqlite3'
import { expect } from 'chai'
import { isFerryError } from '../../../src/core/errors.ts'
import { openTarget } from '../../../src/target/open-target.ts'
import type { Session, Target } from '../../../src/target/target.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../../support/sqlite-database.ts'

describe('a SQLite transaction for rows whose parents were seen', () => {
  let database: SqliteDatabase
  let target: Target
  let session: Session

  beforeEach(async () => {
    database = createSqliteDatabase()
    target = await openTarget({ config: { ...database.config, useNullAsDefault: true } })
    session = await target.openSession()
    await session.run('CREATE TABLE parents (id integer primary key)')
    await session.run('CREATE TABLE children (id integer primary key, parent_id integer references parents (id))')
    await session.run('INSERT INTO parents (id) VALUES (1), (2)')
  })
  afterEach(async () => {
    await session.close()
    await target.close()
    database.drop()
  })

  const byTheApp = (sql: string) => {
    const connection = new Database(database.file)
    connection.exec(sql)
    connection.close()
  }
  const checks = async () => Number((await session.rows('PRAGMA foreign_keys'))[0]?.[0])
  const insertOrphan = async (): Promise<unknown> => {
    try {
      await session.run('INSERT INTO children (id, parent_id) VALUES (1, 99)')
      return 'inserted'
    } catch (error) {
      return isFerryError(error) ? 'refused' : error
    }
  }

  it('checks no foreign key while nobody else has written, and checks again after it', async () => {
    const unchangedSince = await session.markContent?.()
    await session.run('INSERT INTO parents (id) VALUES (3)') // our own writes are no change
    await session.begin(unchangedSince === undefined ? {} : { unchangedSince })
    expect(await insertOrphan()).to.equal('inserted')
    expect(await checks()).to.equal(0)
    await session.rollback()
    expect(await checks()).to.equal(1)
    await session.begin(unchangedSince === undefined ? {} : { unchangedSince })
    await session.run('INSERT INTO children (id, parent_id) VALUES (1, 3)')
    await session.commit()
    expect(await checks()).to.equal(1)
    expect(await insertOrphan()).to.equal('refused')
  })

  it('checks them where somebody else has written since', async () => {
    const unchangedSince = await session.markContent?.()
    byTheApp('delete from parents where id = 2')
    await session.begin(unchangedSince === undefined ? {} : { unchangedSince })
    expect(session.inTransaction).to.equal(true)
    expect(await checks()).to.equal(1)
    expect(await insertOrphan()).to.equal('refused')
    await session.rollback()
  })

  it('checks them where the mark is of another connection', async () => {
    const marked = await session.markContent?.()
    await session.begin(marked === undefined ? {} : { unchangedSince: { ...marked, of: {} } })
    expect(await insertOrphan()).to.equal('refused')
    await session.rollback()
  })

  it('leaves checks on where another process holds the lock', async function () {
    this.timeout(20_000)
    const unchangedSince = await session.markContent?.()
    const holder = new Database(database.file)
    holder.exec('begin immediate')
    let refused: unknown
    try {
      await session.begin(unchangedSince === undefined ? {} : { unchangedSince })
    } catch (error) {
      refused = error
    }
    holder.close()
    expect(isFerryError(refused, 'FERRY_TARGET_LOCKED')).to.equal(true)
    expect(session.inTransaction).to.equal(false)
    expect(await checks()).to.equal(1)
  })
})
