import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import definition from '../../../ferry.config.ts'
import { DataMigration, openSource, type RunResult } from '../../../src/index.ts'
import { type ExampleDatabase, openExampleDatabase } from '../../support/example-database.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'

/** Stores as a real app left them; they stand beside the project, and the tests are skipped where they do not. */
const DATA = join(PROJECT_ROOT, '../shared/data/parkinggarage')

/** What the app's store holds, counted by other programs than ours. */
interface Facts {
  readonly rows: Readonly<Record<string, number>>
  readonly status: Readonly<Record<string, number>>
  readonly parked: number
  readonly unpaid: number
  readonly paid: number
  readonly cents: number
  readonly fractional: number
  readonly occupiedByNobody: number
  readonly freeButClaimed: number
  readonly orphans: number
  readonly strangers: number
  readonly sharedSpots: number
  readonly extraFields: number
  readonly digitPlates: number
}

const SMALL: Facts = {
  rows: { garages: 1, floors: 5, spots: 500, spot_features: 52, vehicles: 21, parking_sessions: 21 },
  status: { AVAILABLE: 475, MAINTENANCE: 4, OCCUPIED: 21 },
  parked: 21,
  unpaid: 0,
  paid: 0,
  cents: 0,
  fractional: 0,
  occupiedByNobody: 20,
  freeButClaimed: 0,
  orphans: 0,
  strangers: 20,
  sharedSpots: 0,
  extraFields: 24,
  digitPlates: 0,
}

const MEDIUM: Facts = {
  rows: { garages: 1, floors: 6, spots: 5100, spot_features: 124, vehicles: 3670, parking_sessions: 3670 },
  status: { AVAILABLE: 3185, OCCUPIED: 1915 },
  parked: 2126,
  unpaid: 172,
  paid: 1372,
  cents: 58305400,
  fractional: 226,
  occupiedByNobody: 11,
  freeButClaimed: 12,
  orphans: 50,
  strangers: 160,
  sharedSpots: 149,
  extraFields: 0,
  digitPlates: 163,
}

const LARGE: Facts = {
  rows: { garages: 1, floors: 12, spots: 119543, spot_features: 1198, vehicles: 140000, parking_sessions: 140000 },
  status: { AVAILABLE: 55585, MAINTENANCE: 44, OCCUPIED: 63914 },
  parked: 64179,
  unpaid: 11407,
  paid: 64414,
  cents: 3580415380,
  fractional: 16913,
  occupiedByNobody: 0,
  freeButClaimed: 264,
  orphans: 470,
  strangers: 0,
  sharedSpots: 0,
  extraFields: 419,
  digitPlates: 12727,
}

/** The large one waits for FERRY_TEST_LONG: the others hold every kind of contradiction that it has. */
const FORMS: readonly (readonly [string, Facts])[] = [
  ['small/memorystore.maps.json', SMALL],
  ['small/memorystore.keyed.json', SMALL],
  ['small/ndjson', SMALL],
  // The app's own backup leaves the fields out that its model does not know.
  ['small/as-own-backup-writes', { ...SMALL, extraFields: 0 }],
  ['medium/memorystore.maps.json', MEDIUM],
  ['medium/memorystore.keyed.json', MEDIUM],
  ['medium/ndjson', MEDIUM],
  ['large/memorystore.maps.json.gz', LARGE],
]

/** Preflight reads everything once more; for the other forms it is left out to keep the suite quick. */
const FORECAST = ['small/memorystore.maps.json', 'medium/memorystore.maps.json']

for (const [form, facts] of FORMS) {
  describe(`the real store ${form}`, function () {
    this.timeout(180_000)
    let database: ExampleDatabase
    let result: RunResult

    before(async function () {
      if (!existsSync(join(DATA, form)) || (form.startsWith('large') && process.env.FERRY_TEST_LONG !== '1')) this.skip()
      database = await openExampleDatabase()
      result = await move(database, form)
    })
    after(() => database?.close())

    it('is completed, with every record in its table', async () => {
      expect(result.error, JSON.stringify(result.error)).to.equal(undefined)
      expect(result.status).to.equal('completed')
      for (const [table, count] of Object.entries(facts.rows))
        expect(await countRows(database, `select count(*) as n from ${table}`), table).to.equal(count)
    })

    it('keeps every amount, to the cent', async () => {
      const sum = 'select coalesce(sum(total_amount_cents), 0) as n from parking_sessions'
      expect(await countRows(database, sum)).to.equal(facts.cents)
      expect(await countRows(database, 'select count(*) as n from parking_sessions where total_amount_cents % 100 <> 0')).to.equal(
        facts.fractional,
      )
    })

    it('keeps statuses and payments', async () => {
      const found: { status: string; n: number }[] = await database.knex('spots').select('status').count({ n: '*' }).groupBy('status')
      expect(Object.fromEntries(found.map(({ status, n }) => [status, Number(n)]))).to.deep.equal(facts.status)
      expect(await sessions(database, 'check_out_at is null')).to.equal(facts.parked)
      expect(await sessions(database, 'check_out_at is not null and not is_paid')).to.equal(facts.unpaid)
      expect(await sessions(database, 'is_paid')).to.equal(facts.paid)
    })

    it("carries the store's contradictions as they are", async () => {
      const spots = (where: string) => countRows(database, `select count(*) as n from spots where ${where}`)
      expect(await spots("status = 'OCCUPIED' and current_vehicle_id is null")).to.equal(facts.occupiedByNobody)
      expect(await spots("status = 'AVAILABLE' and current_vehicle_id is not null")).to.equal(facts.freeButClaimed)
      expect(await spots('extra is not null')).to.equal(facts.extraFields)
      const parked =
        'from parking_sessions p join vehicles v on v.id = p.vehicle_id join spots s on s.id = p.spot_id where p.check_out_at is null'
      const strangers = `select count(*) as n ${parked} and (s.current_vehicle_id is null or s.current_vehicle_id <> v.id)`
      expect(await countRows(database, strangers)).to.equal(facts.strangers)
      const shared = `select count(*) as n from (select p.spot_id ${parked} group by p.spot_id having count(*) > 1) t`
      expect(await countRows(database, shared)).to.equal(facts.sharedSpots)
    })

    it('leaves the link of an orphan empty, counts it, and keeps the spot it named', async () => {
      const nulled = result.steps
        .filter(({ mapping }) => mapping === 'vehicles' || mapping === 'parkingSessions')
        .map(({ counts }) => counts.nulled)
      expect(nulled).to.deep.equal([facts.orphans, facts.orphans])
      expect(await sessions(database, 'spot_id is null')).to.equal(facts.orphans)
      expect(await sessions(database, 'spot_id is null and exists (select 1 from spots s where s.code = spot_code)')).to.equal(0)
    })

    it('keeps every plate byte for byte', async () => {
      const plates: string[] = await database.knex('vehicles').pluck('license_plate')
      const wanted = platesOf(form)
      expect(plates.filter((plate) => /^[0-9]+$/.test(plate))).to.have.lengthOf(facts.digitPlates)
      expect(toHex(plates)).to.deep.equal(toHex(wanted))
    })
  })
}

async function move(database: ExampleDatabase, form: string): Promise<RunResult> {
  const migration = new DataMigration(
    { ...definition, folder: join(database.folder, '.ferry') },
    { target: { config: database.config }, source: await openSource(join(DATA, form)) },
  )
  try {
    return await migration.migrateFromMemoryStore({ noBackup: true, skipValidation: !FORECAST.includes(form) })
  } finally {
    await migration.close()
  }
}

async function countRows(database: ExampleDatabase, sql: string): Promise<number> {
  const rows: { n: number }[] = await database.knex.raw(sql)
  return Number(rows[0]?.n)
}

function sessions(database: ExampleDatabase, where: string): Promise<number> {
  return countRows(database, `select count(*) as n from parking_sessions where ${where}`)
}

/** Keys of the vehicles, read by nothing but JSON.parse. */
function platesOf(form: string): string[] {
  const folder = join(DATA, form.split('/')[0] ?? '')
  const plain = join(folder, 'memorystore.maps.json')
  const text = existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`))
  const store = JSON.parse(text.toString('utf8')) as { vehicles: [string, unknown][] }
  return store.vehicles.map(([plate]) => plate)
}

function toHex(texts: readonly string[]): string[] {
  return texts.map((text) => Buffer.from(text, 'utf8').toString('hex')).sort()
}
