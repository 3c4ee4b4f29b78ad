import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import createKnex, { type Knex } from 'knex'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { FERRY } from './cli-project.ts'
import { PROJECT_ROOT } from './project-root.ts'
import { type ProcessOutcome, runProcess } from './run-process.ts'

/** A user's project whose second migration is a transfer, driven by Knex's own command. */
export interface MigrationProject {
  readonly folder: string
  /** Runs `knex <words>`. FERRY_DIE_AT='<event type> <n>' (or '<type>/<phase> <n>') kills it with SIGKILL at the n-th such event; FERRY_SLOW=<ms> makes each event last. */
  knex(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<ProcessOutcome>
  /** What `knex migrate:latest`, `migrate:down` and `migrate:list` do, in this process, much sooner: for what a test arranges. Throws what the migration throws. */
  migrate(command: 'latest' | 'down' | 'list'): Promise<void>
  ferry(...words: string[]): Promise<ProcessOutcome>
  drop(): void
}

export interface MigrationProjectOptions {
  readonly people: number
  /** Default: target.sqlite in the project's folder. */
  readonly config?: Knex.Config
  /** Migrations and knexfile in TypeScript, in a project without `"type": "module"` and without tsx on the command line. */
  readonly typescript?: boolean
  /** Without the transfer among the migrations. */
  readonly tablesOnly?: boolean
  /** What the transfer migration exports. */
  readonly exported?: string
}

const KNEX = join(PROJECT_ROOT, 'node_modules/knex/bin/cli.js')
const LIBRARY = pathToFileURL(join(FERRY, '../../index.js')).href

/** Makes such a project: teams and people, people refer to teams and to one another. Call `drop` afterwards. */
export function createMigrationProject(options: MigrationProjectOptions): MigrationProject {
  if (!existsSync(FERRY)) throw new Error('the library is not built: npm run build')
  const folder = mkdtempSync(join(tmpdir(), 'ferry-migration-'))
  const extension = options.typescript === true ? 'ts' : 'mjs'
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  mkdirSync(join(folder, 'migrations'))
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'))
  write('package.json', '{}')
  exportStore(makeStore(options.people), join(folder, 'store.ferry.ndjson'))
  write(`knexfile.${extension}`, knexfileText(options.config, extension))
  write('ferry.config.mjs', definitionText(extension))
  write(`migrations/001_tables.${extension}`, tablesText(extension))
  if (options.tablesOnly !== true) write(`migrations/002_people.${extension}`, transferText(options.exported ?? 'up, down, config'))
  return {
    folder,
    knex: (words, env = {}) => runProcess(process.execPath, [KNEX, ...words, '--knexfile', `knexfile.${extension}`], { cwd: folder, env }),
    async migrate(command) {
      const own = options.config ?? {
        client: 'better-sqlite3',
        connection: { filename: join(folder, 'target.sqlite') },
        useNullAsDefault: true,
      }
      const knex = createKnex({ ...own, migrations: { directory: join(folder, 'migrations'), loadExtensions: [`.${extension}`] } })
      try {
        await knex.migrate[command]()
      } finally {
        await knex.destroy()
      }
    },
    ferry: (...words) => runProcess(process.execPath, [FERRY, ...words], { cwd: folder }),
    drop: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function makeStore(people: number): object {
  const teams = Array.from({ length: 5 }, (_, at) => [`t${at}`, { name: `Team ${at}` }] as const)
  const members = Array.from(
    { length: people },
    (_, at) => [`p${at}`, { mail: `p${at}@example.org`, team: `t${at % 5}`, boss: at === 0 ? null : `p${at >> 1}` }] as const,
  )
  return { teams: new Map(teams), people: new Map(members) }
}

function knexfileText(config: Knex.Config | undefined, extension: string): string {
  const own = config ?? { client: 'better-sqlite3', connection: { filename: './target.sqlite' }, useNullAsDefault: true }
  return `export default ${JSON.stringify({ ...own, migrations: { directory: './migrations', loadExtensions: [`.${extension}`] } })}\n`
}

function tablesText(extension: string): string {
  const typed = extension === 'ts' ? ': any' : ''
  return `
export async function up(knex${typed})${typed === '' ? '' : ': Promise<void>'} {
  await knex.schema.createTable('teams', (table${typed}) => {
    table.string('id', 36).primary()
    table.string('name', 80).notNullable()
  })
  await knex.schema.createTable('people', (table${typed}) => {
    table.string('id', 36).primary()
    table.string('mail', 80).notNullable().unique()
    table.string('team_id', 36).notNullable().references('teams.id').onDelete('CASCADE')
    table.string('boss_id', 36).nullable().references('people.id')
  })
}
export async function down(knex${typed}) {
  await knex.schema.dropTable('people')
  await knex.schema.dropTable('teams')
}
`
}

function transferText(exported: string): string {
  return `
import { transferMigration } from '${LIBRARY}'
import definition from '../ferry.config.mjs'

const [type, count] = (process.env.FERRY_DIE_AT ?? 'never 0').split(' ')
let seen = 0
const onEvent = (event) => {
  if (event.type === type || (event.type + '/' + event.phase) === type) seen += 1
  if (seen > 0 && seen === Number(count)) process.kill(process.pid, 'SIGKILL')
  if (process.env.FERRY_SLOW) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(process.env.FERRY_SLOW))
}
export const { ${exported} } = transferMigration(definition, { noBackup: true, onEvent })
`
}

function definitionText(extension: string): string {
  return `import { defineTransfer, field, id, mapping, MemoryStoreAdapter, reference } from '${LIBRARY}'
import { fileURLToPath } from 'node:url'

export default defineTransfer({
  name: 'staff',
  source: new MemoryStoreAdapter({ file: fileURLToPath(new URL('store.ferry.ndjson', import.meta.url)) }),
  target: { knexfile: './knexfile.${extension}' },
  batchRows: 20,
  mappings: {
    teams: mapping({ from: 'teams', table: 'teams', columns: { id: id.uuid(), name: field('name').text() } }),
    people: mapping({
      from: 'people',
      table: 'people',
      columns: {
        id: id.uuid(),
        mail: field('mail').text(),
        team_id: reference('teams', (person) => person.team, { missing: 'reject' }),
        boss_id: reference('people', (person) => person.boss, { missing: 'null' }).optional(),
      },
    }),
  },
})
`
}
