import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'

/** `npm run demo`: a store of about 5,000 spots and 3,700 vehicles goes from memory into SQLite, in a folder of its own. */
const ROOT = fileURLToPath(new URL('../', import.meta.url))
const FOLDER = '.ferry-demo'
const SIZE = { FERRY_SPOTS: process.env.FERRY_SPOTS ?? '5100', FERRY_VEHICLES: process.env.FERRY_VEHICLES ?? '3670' }
const DONE = [0, 3]

const { NODE_OPTIONS: _inherited, ...environment } = process.env
const env = { ...environment, ...SIZE, FERRY_DATA: FOLDER }

rmSync(`${ROOT}${FOLDER}`, { recursive: true, force: true })
mkdirSync(`${ROOT}${FOLDER}`)

show('The tables, made by Knex migrations')
knex('migrate:latest')
show(`The app's store: ${SIZE.FERRY_SPOTS} spots, ${SIZE.FERRY_VEHICLES} vehicles, written by exportStore`)
knex('seed:run')
ferry('snapshot', 'inspect', `${FOLDER}/parking-garage.ferry.ndjson`)
show('What the transfer would do')
ferry('plan', '--no-samples')
show('The transfer')
ferry('transfer')
show('What became of it')
ferry('status')
ferry('rejects')
ferry('verify')
show('Links left empty: the store has no such spot, its name stays')
printQuery(
  'select spot_code, license_plate, check_in_at from parking_sessions p join vehicles v on v.id = p.vehicle_id where p.spot_id is null limit 5',
)
show('The way back, only said')
ferry('rollback', '--dry-run')

show('Yours to try')
for (const words of ['status', 'report', 'verify', 'rollback']) console.log(`  FERRY_DATA=${FOLDER} npm run ferry -- ${words}`)
console.log(`  sqlite3 ${FOLDER}/garage.sqlite 'select status, count(*) from spots group by status'`)

function show(title: string): void {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 76 - title.length))}\n`)
}

function knex(...words: string[]): void {
  run(`npx knex ${words.join(' ')}`, ['--import=tsx', 'node_modules/knex/bin/cli.js', ...words])
}

function ferry(...words: string[]): void {
  run(`ferry ${words.join(' ')}`, ['dist/src/cli/main.js', ...words])
}

function printQuery(sql: string): void {
  console.log(`$ sqlite3 ${FOLDER}/garage.sqlite "${sql}"`)
  const database = new Database(`${ROOT}${FOLDER}/garage.sqlite`, { readonly: true })
  for (const row of database.prepare(sql).raw().all() as unknown[][]) console.log(row.join('|'))
  database.close()
}

function run(typed: string, args: string[]): void {
  console.log(`$ ${typed}`)
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' })
  if (status === null || !DONE.includes(status)) {
    console.error(`\n${typed} ended with exit code ${status}`)
    process.exit(1)
  }
  console.log()
}
