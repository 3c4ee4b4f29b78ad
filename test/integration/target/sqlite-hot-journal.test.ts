import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect } from 'chai'
import { openTarget } from '../../../src/target/open-target.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../../support/sqlite-database.ts'

/** Kills itself in the middle of a transaction that has already written to the file. */
const VICTIM = `
  const Database = require(${JSON.stringify(createRequire(import.meta.url).resolve('better-sqlite3'))})
  const db = new Database(process.argv[1])
  db.exec('create table kept (n integer); insert into kept values (1)')
  db.pragma('cache_size = 2')
  db.exec('begin')
  const insert = db.prepare('insert into kept values (?)')
  for (let n = 0; n < 50000; n += 1) insert.run(n)
  process.kill(process.pid, 'SIGKILL')
`

describe('a SQLite file whose last writer was killed', () => {
  let database: SqliteDatabase
  beforeEach(() => {
    database = createSqliteDatabase()
    const { signal } = spawnSync(process.execPath, ['-e', VICTIM, database.file], { env: { ...process.env, NODE_OPTIONS: '' } })
    expect(signal).to.equal('SIGKILL')
    expect(existsSync(`${database.file}-journal`)).to.equal(true)
  })
  afterEach(() => database.drop())

  it('opens for reading only, as its last commit left it', async () => {
    const target = await openTarget({ config: { ...database.config, useNullAsDefault: true } }, { readOnly: true })
    const session = await target.openSession()
    expect(await session.rows('select n from kept')).to.deep.equal([[1n]])
    let refused = false
    await session.run('insert into kept values (2)').catch(() => {
      refused = true
    })
    expect(refused).to.equal(true)
    await session.close()
    await target.close()
  })
})
