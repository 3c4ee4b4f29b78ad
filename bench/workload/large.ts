import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { extraFields } from '../../examples/parking-garage/extra-fields.ts'
import type { GarageConfig } from '../../examples/parking-garage/memory-store.ts'
import type { Spot } from '../../examples/parking-garage/spot.ts'
import type { Vehicle } from '../../examples/parking-garage/vehicle.ts'
import { findUp } from './find-up.ts'
import type { Collection, ColumnShape, Workload } from './workload.ts'

const DUMP = 'shared/data/parkinggarage/large/memorystore.maps.json.gz'

const string = (name: string, more: Partial<ColumnShape> = {}): ColumnShape => ({ name, type: 'string', ...more })
const integer = (name: string, more: Partial<ColumnShape> = {}): ColumnShape => ({ name, type: 'integer', ...more })
const text = (name: string, more: Partial<ColumnShape> = {}): ColumnShape => ({ name, type: 'text', ...more })
const time = (name: string, more: Partial<ColumnShape> = {}): ColumnShape => ({ name, type: 'time', ...more })
const TIMES = [time('created_at'), time('updated_at')]

/** A real store (119,543 spots, 140,000 vehicles) moved by the example's own definition: uuids, a cycle of references, lookups, child tables. */
export const workload: Workload = {
  name: 'large',
  title: 'the real store of a parking garage, spots and vehicles that refer to one another',
  form: 'snapshot',
  records: undefined,
  engines: ['sqlite'],
  ring: true,
  // As migrations/ makes them, in the order of their columns.
  tables: [
    {
      name: 'garages',
      primaryKey: ['id'],
      columns: [string('id'), string('code'), string('name'), text('rates'), text('spot_sizes'), ...TIMES],
    },
    {
      name: 'floors',
      primaryKey: ['id'],
      columns: [string('id'), string('garage_id'), integer('number'), integer('bays'), integer('spots_per_bay')],
    },
    {
      name: 'spots',
      primaryKey: ['id'],
      columns: [
        string('id'),
        string('code'),
        string('floor_id'),
        integer('bay'),
        integer('spot_number'),
        integer('spot_type_id'),
        string('status'),
        text('extra', { nullable: true }),
        ...TIMES,
        string('current_vehicle_id', { nullable: true }),
      ],
      indexes: [
        { name: 'spots_floor_id_index', columns: ['floor_id'] },
        { name: 'spots_spot_type_id_index', columns: ['spot_type_id'] },
        { name: 'spots_current_vehicle_id_index', columns: ['current_vehicle_id'] },
      ],
    },
    { name: 'spot_features', primaryKey: ['spot_id', 'position'], columns: [string('spot_id'), integer('position'), string('feature')] },
    {
      name: 'vehicles',
      primaryKey: ['id'],
      columns: [string('id'), string('license_plate'), string('vehicle_type'), string('spot_id', { nullable: true }), ...TIMES],
      indexes: [{ name: 'vehicles_spot_id_index', columns: ['spot_id'] }],
    },
    {
      name: 'parking_sessions',
      primaryKey: ['id'],
      columns: [
        integer('id'),
        string('vehicle_id'),
        string('spot_id', { nullable: true }),
        string('spot_code'),
        integer('rate_type_id'),
        time('check_in_at'),
        time('check_out_at', { nullable: true }),
        integer('total_amount_cents'),
        { name: 'is_paid', type: 'boolean' },
        ...TIMES,
      ],
      indexes: ['vehicle_id', 'spot_id', 'rate_type_id', 'check_in_at'].map((column) => ({
        name: `parking_sessions_${column}_index`,
        columns: [column],
      })),
    },
  ],
  async createTables(knex) {
    const at = (folder: string) => ({ directory: findUp(folder), loadExtensions: ['.ts'] })
    await knex.migrate.latest(at('migrations'))
    await knex.seed.run({ ...at('seeds'), specific: '01_reference_tables.ts' })
  },
  collections: listCollections,
  async transfer(_, { source, folder }) {
    const { default: definition } = await import('../../ferry.config.ts')
    return { ...definition, source, folder }
  },
  async store(path) {
    const [{ openSource }, { spoolSource }] = await Promise.all([
      import('../../src/index.ts'),
      import('../../src/snapshot/spool-source.ts'),
    ])
    const dump = await openSource(dumpPath())
    try {
      await spoolSource(dump, path, { now: Date.now() })
    } finally {
      await dump.close()
    }
  },
  absent: () => (existsSync(dumpPath()) ? undefined : `there is no ${DUMP} beside the project`),
}

function dumpPath(): string {
  return join(dirname(findUp('package.json')), '..', DUMP)
}

const SPOT_TYPES: Readonly<Record<string, number>> = { compact: 1, standard: 2, oversized: 3 }
const RATE_TYPES: Readonly<Record<string, number>> = { hourly: 1, daily: 2, monthly: 3 }

function listCollections(): readonly Collection[] {
  const garages = new Map<string, string>()
  const floors = new Map<string, string>()
  const spots = new Map<string, string>()
  const vehicles = new Map<string, string>()
  let session = 0
  const config: Collection<GarageConfig> = {
    name: 'garageConfig',
    fills: [
      {
        table: 'garages',
        row: (garage, key) => [
          idOf(garages, String(key)),
          key,
          garage.name,
          JSON.stringify(garage.rates),
          JSON.stringify(garage.spotTypes),
          garage.createdAt,
          garage.updatedAt,
        ],
      },
      {
        table: 'floors',
        rows: (garage, key) =>
          garage.floors.map((floor) => [
            idOf(floors, String(floor.number)),
            idOf(garages, String(key)),
            floor.number,
            floor.bays,
            floor.spotsPerBay,
          ]),
      },
    ],
  }
  const spot: Collection<Spot> = {
    name: 'spots',
    fills: [
      {
        table: 'spots',
        row(one, key) {
          const extra = extraFields(one)
          return [
            idOf(spots, String(key)),
            key,
            idOf(floors, String(one.floor)),
            one.bay,
            one.spotNumber,
            SPOT_TYPES[one.type] ?? null,
            one.status.toUpperCase(),
            extra === undefined ? null : JSON.stringify(extra),
            one.createdAt,
            one.updatedAt,
            one.currentVehicle === null ? null : idOf(vehicles, one.currentVehicle),
          ]
        },
      },
      {
        table: 'spot_features',
        rows: (one, key) => one.features.map((feature, position) => [idOf(spots, String(key)), position, feature]),
      },
    ],
  }
  const vehicle: Collection<Vehicle> = {
    name: 'vehicles',
    fills: [
      {
        table: 'vehicles',
        row: (one, key) => [
          idOf(vehicles, String(key)),
          key,
          one.vehicleType.toUpperCase(),
          spots.get(one.spotId) ?? null,
          one.createdAt,
          one.updatedAt,
        ],
      },
      {
        table: 'parking_sessions',
        row(one, key) {
          session += 1
          return [
            session,
            idOf(vehicles, String(key)),
            spots.get(one.spotId) ?? null,
            one.spotId,
            RATE_TYPES[one.rateType] ?? null,
            one.checkInTime,
            one.checkOutTime,
            Math.round(one.totalAmount * 100),
            one.isPaid ? 1 : 0,
            one.createdAt,
            one.updatedAt,
          ]
        },
      },
    ],
  }
  return [config, spot, vehicle]
}

/** The uuid that stands for a key, made when it is first heard of. */
function idOf(ids: Map<string, string>, key: string): string {
  const known = ids.get(key)
  if (known !== undefined) return known
  const made = randomUUID()
  ids.set(key, made)
  return made
}
