import { join } from 'node:path'
import { countOf, occupiedSpotIds, spotIdsByBay, totalAmountCents } from './examples/parking-garage/expected.ts'
import { extraFields } from './examples/parking-garage/extra-fields.ts'
import type { GarageConfig } from './examples/parking-garage/memory-store.ts'
import { floorSchema, garageSchema, spotSchema, vehicleSchema } from './examples/parking-garage/record-schemas.ts'
import type { Spot } from './examples/parking-garage/spot.ts'
import type { Vehicle } from './examples/parking-garage/vehicle.ts'
import {
  computed,
  defineTransfer,
  field,
  id,
  index,
  item,
  key,
  lookup,
  MemoryStoreAdapter,
  mapping,
  parent,
  reference,
} from './src/index.ts'

const folder = process.env.FERRY_DATA ?? './data'

/** The parking garage: from the Maps and Sets of one process to the tables of migrations/. */
export default defineTransfer({
  name: 'parking-garage',
  source: new MemoryStoreAdapter({ file: join(folder, 'parking-garage.ferry.ndjson') }),
  target: { knexfile: './knexfile.ts' },
  folder: join(folder, '.ferry'),
  mappings: {
    garages: mapping<GarageConfig>({
      from: 'garageConfig',
      table: 'garages',
      schema: garageSchema,
      columns: {
        id: id.uuid(),
        code: key().text(),
        name: field('name').text(),
        rates: field('rates').json(),
        spot_sizes: field('spotTypes').json(),
        created_at: field('createdAt').timestamp(),
        updated_at: field('updatedAt').timestamp(),
      },
    }),
    floors: mapping<GarageConfig, GarageConfig['floors'][number]>({
      from: 'garageConfig',
      each: 'floors',
      table: 'floors',
      schema: floorSchema,
      // A floor is known by its number, not by its place in the list: ['default', 1].
      key: (floor) => floor.number,
      columns: {
        id: id.uuid(),
        garage_id: parent(),
        number: item('number').integer(),
        bays: item('bays').integer(),
        spots_per_bay: item('spotsPerBay').integer(),
      },
    }),
    spots: mapping<Spot>({
      from: 'spots',
      table: 'spots',
      schema: spotSchema,
      columns: {
        id: id.uuid(),
        code: key().text(),
        floor_id: reference('floors', (spot: Spot) => ['default', spot.floor], { missing: 'reject' }),
        bay: field('bay').integer(),
        spot_number: field('spotNumber').integer(),
        spot_type_id: lookup('spot_types', { code: 'type' }),
        status: field('status').oneOf({ available: 'AVAILABLE', occupied: 'OCCUPIED', maintenance: 'MAINTENANCE' }),
        current_vehicle_id: reference('vehicles', 'currentVehicle', { missing: 'null' }).optional(),
        extra: computed((spot: Spot) => extraFields(spot))
          .json()
          .optional(),
        created_at: field('createdAt').timestamp(),
        updated_at: field('updatedAt').timestamp(),
      },
    }),
    spotFeatures: mapping<Spot, string>({
      from: 'spots',
      each: 'features',
      table: 'spot_features',
      columns: { spot_id: parent(), position: index(), feature: item().text() },
    }),
    vehicles: mapping<Vehicle>({
      from: 'vehicles',
      table: 'vehicles',
      schema: vehicleSchema,
      columns: {
        id: id.uuid(),
        license_plate: key().text(),
        vehicle_type: field('vehicleType').oneOf({ compact: 'COMPACT', standard: 'STANDARD', oversized: 'OVERSIZED' }),
        // Some vehicles stand on a floor that was torn down: the link is dropped and counted, the text stays in spot_code.
        spot_id: reference('spots', 'spotId', { missing: 'null' }).optional(),
        created_at: field('createdAt').timestamp(),
        updated_at: field('updatedAt').timestamp(),
      },
    }),
    parkingSessions: mapping<Vehicle>({
      from: 'vehicles',
      table: 'parking_sessions',
      columns: {
        id: id.integer(),
        vehicle_id: parent({ mapping: 'vehicles' }),
        spot_id: reference('spots', 'spotId', { missing: 'null' }).optional(),
        spot_code: field('spotId').text(),
        rate_type_id: lookup('rate_types', { code: 'rateType' }),
        check_in_at: field('checkInTime').timestamp(),
        check_out_at: field('checkOutTime').timestamp().optional(),
        total_amount_cents: field('totalAmount').decimal({ scale: 2, scaled: true }),
        is_paid: field('isPaid').boolean(),
        created_at: field('createdAt').timestamp(),
        updated_at: field('updatedAt').timestamp(),
      },
    }),
  },
  derived: { occupiedSpots: occupiedSpotIds, spotsByFloorBay: spotIdsByBay },
  invariants: [
    { name: 'every spot arrived', sql: 'select count(*) from spots', source: countOf('spots') },
    { name: 'every vehicle arrived', sql: 'select count(*) from vehicles', source: countOf('vehicles') },
    { name: 'no cent was lost', sql: 'select coalesce(sum(total_amount_cents), 0) from parking_sessions', source: totalAmountCents },
  ],
})
