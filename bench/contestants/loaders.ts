import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Prepared } from '../workload/prepare.ts'
import { indexesOf, type TableShape } from '../workload/workload.ts'
import type { Contestant } from './list-contestants.ts'

/** Tools that load rows which are ready. Each reads one file a table. */
type Loader = Omit<Contestant, 'tells'> & { readonly program: string }

export const sqliteImport: Loader = {
  name: 'sqlite3 .import',
  engine: 'sqlite',
  program: 'sqlite3',
  what: "the engine's own tool from a ready CSV, indexes after",
  everywhere: false,
  async commands({ database, prepared }) {
    const files = await listFiles(prepared, 'csv')
    const input = [
      ...indexesOf(prepared.workload).map(({ name }) => `drop index ${name};`),
      '.mode csv',
      ...files.map(({ path, table }) => `.import ${path} ${table.name}`),
      ...indexesOf(prepared.workload).map(({ ddl }) => `${ddl};`),
      '',
    ]
    return [{ program: 'sqlite3', args: [database], input: input.join('\n') }]
  },
}

export const sqliteUtils: Loader = {
  name: 'sqlite-utils',
  engine: 'sqlite',
  program: 'sqlite-utils',
  what: 'sqlite-utils insert (https://sqlite-utils.datasette.io) of NDJSON whose members are the columns, a process a table, indexes left as they are',
  everywhere: false,
  async commands({ database, prepared }) {
    const files = await listFiles(prepared, 'ndjson')
    return files.map(({ path, table }) => ({ program: 'sqlite-utils', args: ['insert', database, table.name, path, '--nl', '--silent'] }))
  },
}

export const psqlCopy: Loader = {
  name: 'psql \\copy',
  engine: 'postgres',
  program: 'psql',
  what: "the engine's own tool from a ready CSV, in one transaction, indexes after",
  everywhere: true,
  async commands({ database, prepared }) {
    const files = await listFiles(prepared, 'csv')
    const input = [
      'begin;',
      ...indexesOf(prepared.workload).map(({ name }) => `drop index ${name};`),
      ...files.map(({ path, table }) => `\\copy ${table.name} from '${path}' csv`),
      ...indexesOf(prepared.workload).map(({ ddl }) => `${ddl};`),
      'commit;',
      '',
    ]
    return [{ program: 'psql', args: ['-q', '-v', 'ON_ERROR_STOP=1', database], input: input.join('\n') }]
  },
}

export const pgloader: Loader = {
  name: 'pgloader',
  engine: 'postgres',
  program: 'pgloader',
  what: 'pgloader (https://pgloader.io) from the same ready CSV, indexes left as they are',
  everywhere: false,
  async commands({ database, folder, prepared }) {
    const commands = join(folder, 'pgloader')
    mkdirSync(commands, { recursive: true })
    const paths = (await listFiles(prepared, 'csv')).map(({ path, table: { name } }) => {
      const command = join(commands, `${name}.load`)
      const form = `fields optionally enclosed by '"', fields terminated by ','`
      writeFileSync(command, `load csv from '${path}' into ${database}?${name} with ${form};\n`)
      return command
    })
    return [{ program: 'pgloader', args: ['--quiet', ...paths] }]
  },
}

export const loadData: Loader = {
  name: 'LOAD DATA LOCAL',
  engine: 'mysql',
  program: 'mariadb',
  what: "the engine's own tool from a ready CSV, indexes left as they are",
  everywhere: true,
  async commands({ database, prepared }) {
    const { hostname, port, username, password, pathname } = new URL(database)
    const files = await listFiles(prepared, 'csv')
    return [
      {
        program: 'mariadb',
        args: [
          '--local-infile=1',
          '--default-character-set=utf8mb4',
          ...['-h', hostname, '-P', port || '3306', '-u', decodeURIComponent(username), pathname.slice(1)],
        ],
        env: { MYSQL_PWD: decodeURIComponent(password) },
        input: files.map(renderLoadData).join('\n'),
      },
    ]
  },
}

/** Instants lose their T and Z, and an empty field of a nullable column becomes NULL. */
function renderLoadData({ path, table }: { readonly path: string; readonly table: TableShape }): string {
  const read = table.columns.map(({ name, type, nullable }) => {
    const changed = type === 'time' || nullable === true
    const plain = type === 'time' ? `replace(left(@${name}, 23), 'T', ' ')` : `@${name}`
    return { name: changed ? `@${name}` : name, set: changed ? [`${name} = ${nullable === true ? `nullif(${plain}, '')` : plain}`] : [] }
  })
  const sets = read.flatMap(({ set }) => set)
  const form = `fields terminated by ',' optionally enclosed by '"' escaped by ''`
  const columns = `(${read.map(({ name }) => name).join(', ')})`
  return `load data local infile '${path}' into table ${table.name} ${form} ${columns}${sets.length === 0 ? '' : ` set ${sets.join(', ')}`};`
}

async function listFiles(prepared: Prepared, form: 'csv' | 'ndjson'): Promise<{ path: string; table: TableShape }[]> {
  const folder = await prepared.readyRows(form)
  return prepared.workload.tables.map((table) => ({ path: join(folder, `${table.name}.${form}`), table }))
}
