import { join } from 'node:path'
import { expect } from 'chai'
import createKnex, { type Knex } from 'knex'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'

const TABLES = ['floors', 'garages', 'parking_sessions', 'rate_types', 'spot_features', 'spot_types', 'spots', 'vehicles']
const AT = '2025-08-10T06:00:00.000Z'
const UUID = (last: number) => `00000000-0000-4000-8000-00000000000${last}`

forEachEngine('the example schema', (db) => {
  let knex: Knex

  beforeEach(async () => {
    knex = openExample(db())
    await knex.migrate.latest()
    await knex.seed.run({ specific: '01_reference_tables.ts' })
  })
  afterEach(() => knex.destroy())

  it('makes its tables, and every down takes its own part back', async () => {
    for (const table of TABLES) expect(await knex.schema.hasTable(table), table).to.equal(true)
    for (let left = 5; left > 0; left--) await knex.migrate.down()
    for (const table of TABLES) expect(await knex.schema.hasTable(table), table).to.equal(false)
    await knex.migrate.latest()
    for (const table of TABLES) expect(await knex.schema.hasTable(table), table).to.equal(true)
  })

  it('takes the vehicles back while spots still name them', async () => {
    await park(knex)
    await knex.migrate.down()
    await knex.migrate.down()
    expect(await knex.schema.hasTable('vehicles')).to.equal(false)
    expect(await knex('spots').pluck('code')).to.deep.equal(['F1-B1-S001'])
  })

  it('ties spots and vehicles to one another', async () => {
    await park(knex)
    await expectRefused(knex('spots').update({ current_vehicle_id: UUID(9) }))
    await expectRefused(knex('vehicles').update({ spot_id: UUID(9) }))
  })

  it('refuses a status, a vehicle type and an amount outside the checks', async () => {
    await park(knex)
    await expectRefused(knex('spots').update({ status: 'available' }))
    await expectRefused(knex('vehicles').update({ vehicle_type: 'TANK' }))
    await expectRefused(knex('floors').update({ bays: 0 }))
  })

  it('tells plates apart that differ in case or accent only', async () => {
    await park(knex)
    for (const [last, plate] of ['m-ü 1', 'M-U 1', '00123', '123', 'İST 34', 'IST 34'].entries()) {
      await knex('vehicles').insert(vehicle(last + 2, plate))
    }
    expect(await knex('vehicles').where({ license_plate: 'M-Ü 1' }).pluck('id')).to.deep.equal([UUID(1)])
    expect(await knex('vehicles').where({ license_plate: '00123' })).to.have.lengthOf(1)
  })

  it('keeps the reference rows when the seed runs twice', async () => {
    await knex.seed.run({ specific: '01_reference_tables.ts' })
    expect(await knex('spot_types').orderBy('id').pluck('code')).to.deep.equal(['compact', 'standard', 'oversized'])
    expect(await knex('rate_types').orderBy('id').pluck('code')).to.deep.equal(['hourly', 'daily', 'monthly'])
  })
})

function openExample(database: EngineDatabase): Knex {
  const foreignKeysOn = (connection: { pragma?(text: string): unknown }, done: (error: Error | null, connection: unknown) => void) => {
    connection.pragma?.('foreign_keys = ON')
    done(null, connection)
  }
  return createKnex({
    ...database.config,
    useNullAsDefault: true,
    pool: { min: 1, max: 1, afterCreate: foreignKeysOn },
    migrations: { directory: join(PROJECT_ROOT, 'migrations'), loadExtensions: ['.ts'] },
    seeds: { directory: join(PROJECT_ROOT, 'seeds'), loadExtensions: ['.ts'] },
  })
}

/** One garage with one floor, one spot and the vehicle that stands on it. */
async function park(knex: Knex): Promise<void> {
  const times = { created_at: toInstant(knex), updated_at: toInstant(knex) }
  await knex('garages').insert({ id: UUID(1), code: 'default', name: 'Downtown', rates: '{}', spot_sizes: '{}', ...times })
  await knex('floors').insert({ id: UUID(1), garage_id: UUID(1), number: 1, bays: 1, spots_per_bay: 1 })
  const place = { floor_id: UUID(1), bay: 1, spot_number: 1, spot_type_id: 1 }
  await knex('spots').insert({ id: UUID(1), code: 'F1-B1-S001', ...place, status: 'OCCUPIED', ...times })
  await knex('vehicles').insert({ ...vehicle(1, 'M-Ü 1'), ...times })
  await knex('spots').update({ current_vehicle_id: UUID(1) })
}

function vehicle(last: number, plate: string): Record<string, unknown> {
  const at = new Date(AT)
  return { id: UUID(last), license_plate: plate, vehicle_type: 'STANDARD', spot_id: UUID(1), created_at: at, updated_at: at }
}

function toInstant(knex: Knex): string | Date {
  return knex.client.config.client === 'better-sqlite3' ? AT : new Date(AT)
}

async function expectRefused(query: PromiseLike<unknown>): Promise<void> {
  const outcome = await Promise.resolve(query).then(
    () => 'accepted',
    () => 'refused',
  )
  expect(outcome).to.equal('refused')
}
