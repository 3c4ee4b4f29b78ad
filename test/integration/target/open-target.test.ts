import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import createKnex from 'knex'
import { type OpenTargetOptions, openTarget, type TargetInput } from '../../../src/target/open-target.ts'
import type { Target } from '../../../src/target/target.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../../support/sqlite-database.ts'

describe('target/open-target', () => {
  let database: SqliteDatabase
  beforeEach(() => {
    database = createSqliteDatabase()
  })
  afterEach(() => database.drop())

  const write = (name: string, text: string) => {
    writeFileSync(join(database.folder, name), text)
    return name
  }
  const open = (input: TargetInput, options: OpenTargetOptions = {}) => openTarget(input, { cwd: database.folder, ...options })
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: { code?: unknown }) => error.code,
    )
  async function use<T>(target: Promise<Target>, work: (target: Target) => Promise<T> | T): Promise<T> {
    const opened = await target
    try {
      return await work(opened)
    } finally {
      await opened.close()
    }
  }

  it('opens the environment asked for, with paths from the folder of the knexfile', async () => {
    mkdirSync(join(database.folder, 'app'))
    const knexfile = write(
      'app/knexfile.mjs',
      `export default {
        development: { client: 'better-sqlite3', connection: { filename: './dev.sqlite' } },
        production: { client: 'better-sqlite3', connection: 'live.sqlite', migrations: { directory: ['./a', '/b'], tableName: 'moves' } },
      }`,
    )
    await use(open({ knexfile }, { env: 'production' }), (target) => {
      expect(target.file).to.equal(join(database.folder, 'app/live.sqlite'))
      expect(target.label).to.equal(`sqlite:${join(database.folder, 'app/live.sqlite')}`)
      expect(target.engine).to.equal('sqlite')
      expect(target.knex.client.config.migrations).to.include({ tableName: 'moves' })
      expect(target.knex.client.config.migrations.directory).to.deep.equal([join(database.folder, 'app/a'), '/b'])
    })
    await use(open({ knexfile }, { env: 'development' }), (target) => {
      expect(target.file).to.equal(join(database.folder, 'app/dev.sqlite'))
      expect(target.knex.client.config.migrations.directory).to.equal(join(database.folder, 'app/migrations'))
    })
    expect(await codeOf(open({ knexfile }, { env: 'nowhere' }))).to.equal('FERRY_CONFIG_INVALID')
  })

  for (const [name, text] of [
    ['top.mjs', `export default { client: 'better-sqlite3', connection: { filename: 'x.sqlite' } }`],
    ['function.mjs', `export default async () => ({ client: 'better-sqlite3', connection: { filename: 'x.sqlite' } })`],
    ['common.cjs', `module.exports = { test: { client: 'better-sqlite3', connection: { filename: 'x.sqlite' } } }`],
    ['named.mjs', `export const client = 'better-sqlite3'; export const connection = { filename: 'x.sqlite' }`],
  ] as const) {
    it(`reads ${name}`, () =>
      use(open({ knexfile: write(name, text) }, { env: 'test' }), ({ file }) => expect(file).to.equal(join(database.folder, 'x.sqlite'))))
  }

  for (const type of ['module', 'commonjs']) {
    it(`reads a TypeScript knexfile of a ${type} package in a process without a TypeScript loader`, () => readTyped(type))
  }

  function readTyped(type: string): void {
    write('package.json', JSON.stringify({ type }))
    symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(database.folder, 'node_modules'))
    // An enum: Node's own way of taking types away leaves it.
    write('place.ts', `enum Place { file = 'typed.sqlite' }\n export const filename: string = Place.file`)
    write(
      'knexfile.ts',
      `import type { Knex } from 'knex'
       import { filename } from './place.ts'
       const config: Knex.Config = { client: 'better-sqlite3', connection: { filename } }
       export default config`,
    )
    // The loader under test is the one that importModule itself registers: this module arrives as plain JavaScript.
    write(
      'run.mjs',
      `import { readFileSync, writeFileSync } from 'node:fs'
       import { stripTypeScript } from './strip.mjs'
       const root = ${JSON.stringify(PROJECT_ROOT)}
       for (const name of ['core/error-codes', 'core/errors', 'target/import-module'])
         writeFileSync(new URL('./' + name.split('/')[1] + '.mjs', import.meta.url), stripTypeScript(readFileSync(root + 'src/' + name + '.ts', 'utf8')))
       const { importModule } = await import('./import-module.mjs')
       const { default: config } = await importModule(new URL('./knexfile.ts', import.meta.url).pathname)
       console.log((config.default ?? config).connection.filename)`,
    )
    write(
      'strip.mjs',
      `import { transformSync } from 'esbuild'
       export const stripTypeScript = (text) =>
         transformSync(text, { loader: 'ts', format: 'esm' }).code.replace(/from "[^"]*\\/([\\w-]+)\\.ts"/g, 'from "./$1.mjs"')`,
    )
    const printed = execFileSync(process.execPath, [join(database.folder, 'run.mjs')], { encoding: 'utf8' })
    expect(printed.trim()).to.equal('typed.sqlite')
  }

  it('uses a live Knex and leaves it open', async () => {
    const knex = createKnex({ ...database.config, useNullAsDefault: true })
    try {
      await use(open({ knex }), async (target) => {
        expect(target.knex).to.equal(knex)
        expect(target.file).to.equal(database.file)
      })
      expect(await knex.raw('SELECT 1 AS n')).to.deep.equal([{ n: 1 }])
    } finally {
      await knex.destroy()
    }
  })

  it('closes the Knex it made, more than once without harm', async () => {
    const target = await open({ config: database.config })
    await target.close()
    await target.close()
    expect(await codeOf(target.openSession())).to.equal('FERRY_TARGET_CONNECT')
  })

  it('makes no file when it is to read only, and writes nothing to one that is there', async () => {
    expect(await codeOf(open({ config: database.config }, { readOnly: true }))).to.equal('FERRY_TARGET_CONNECT')
    expect(existsSync(database.file)).to.equal(false)
    const app = new Database(database.file)
    app.pragma('journal_mode = WAL')
    app.exec('CREATE TABLE t (n integer); INSERT INTO t VALUES (1)')
    for (const state of ['open in the app', 'closed']) {
      await use(open({ config: database.config }, { readOnly: true }), async (target) => {
        expect(await target.knex('t').pluck('n'), state).to.deep.equal([1])
        expect(await codeOf(Promise.resolve(target.knex('t').insert({ n: 2 }))), state).to.equal('SQLITE_READONLY')
      })
      app.close()
    }
  })

  it('says what is wrong with a place where no database can be', async () => {
    const at = (filename: string) => open({ config: { client: 'better-sqlite3', connection: { filename } } })
    write('notes.sqlite', 'this is no database, but long enough to be taken for the header of one by a careless reader, is it not?')
    expect(await codeOf(at('nowhere/x.sqlite'))).to.equal('FERRY_TARGET_CONNECT')
    expect(await codeOf(at('.'))).to.equal('FERRY_TARGET_CONNECT')
    expect(await codeOf(at('notes.sqlite'))).to.equal('FERRY_TARGET_DAMAGED')
  })

  it('refuses other clients, and says what to use for sqlite3', async () => {
    for (const client of ['sqlite3', 'mssql', 'oracledb', 'toString']) {
      expect(await codeOf(open({ config: { client } })), client).to.equal('FERRY_TARGET_UNSUPPORTED')
    }
    const error: unknown = await open({ config: { client: 'sqlite3' } }).catch((thrown: unknown) => thrown)
    expect(String(Reflect.get(error as object, 'hint'))).to.include('better-sqlite3')
  })

  it('names the driver to install', async () => {
    const error: unknown = await open({ config: { client: 'mysql', connection: { host: '127.0.0.1' } } }).catch((thrown: unknown) => thrown)
    expect(Reflect.get(error as object, 'code')).to.equal('FERRY_TARGET_DRIVER_MISSING')
    expect(String(Reflect.get(error as object, 'hint'))).to.include('npm install mysql')
  })

  it('refuses a knexfile that is missing, broken, empty or absent', async () => {
    expect(await codeOf(open({ knexfile: 'none.mjs' }))).to.equal('FERRY_CONFIG_NOT_FOUND')
    expect(await codeOf(open({ knexfile: write('broken.mjs', 'export default {') }))).to.equal('FERRY_CONFIG_INVALID')
    expect(await codeOf(open({ knexfile: write('empty.mjs', '') }))).to.equal('FERRY_CONFIG_INVALID')
    expect(await codeOf(open({}))).to.equal('FERRY_CONFIG_INVALID')
  })
})
