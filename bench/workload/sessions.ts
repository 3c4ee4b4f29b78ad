import { makeSession, makeSpot, makeVehicle, type SessionRecord, type SpotRecord, sizesOf, type VehicleRecord } from './session-records.ts'
import { type Collection, listItems, type Values, type Workload } from './workload.ts'

const TYPES = { compact: 'COMPACT', standard: 'STANDARD', oversized: 'OVERSIZED' } as const
const RATES = { hourly: 'HOURLY', daily: 'DAILY', monthly: 'MONTHLY' } as const
const time = { type: 'string', format: 'date-time' } as const

const sessionSchema = {
  type: 'object',
  required: [
    'id',
    'vehicle',
    'spot',
    'spotCode',
    'licensePlate',
    'vehicleType',
    'rateType',
    'checkInTime',
    'totalAmount',
    'isPaid',
    'note',
  ],
  additionalProperties: false,
  properties: {
    id: { type: 'integer', minimum: 1 },
    vehicle: { type: 'integer', minimum: 1 },
    spot: { type: 'integer', minimum: 1 },
    spotCode: { type: 'string', pattern: '^F[0-9]+-B[0-9]+-S[0-9]+$' },
    licensePlate: { type: 'string', minLength: 1, maxLength: 40 },
    vehicleType: { enum: Object.keys(TYPES) },
    rateType: { enum: Object.keys(RATES) },
    checkInTime: time,
    checkOutTime: { anyOf: [{ type: 'null' }, time] },
    totalAmount: { type: 'number', minimum: 0 },
    isPaid: { type: 'boolean' },
    note: { type: 'string' },
    createdAt: time,
    updatedAt: time,
  },
} as const

/** The bench's own work: a parking session of 14 fields with two parents; every check on, references looked up, instants and enums converted. */
export const workload: Workload = {
  name: 'sessions',
  title: 'parking sessions of 14 fields, with their vehicles and spots',
  form: 'ndjson',
  records: { usual: 200_000, full: 1_000_000 },
  tables: [
    {
      name: 'spots',
      primaryKey: ['id'],
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'code', type: 'string', length: 40 },
        { name: 'type', type: 'string', length: 20 },
      ],
    },
    {
      name: 'vehicles',
      primaryKey: ['id'],
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'license_plate', type: 'string', length: 40 },
        { name: 'vehicle_type', type: 'string', length: 20 },
      ],
    },
    {
      name: 'parking_sessions',
      primaryKey: ['id'],
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'vehicle_id', type: 'integer', references: 'vehicles.id' },
        { name: 'spot_id', type: 'integer', references: 'spots.id' },
        { name: 'spot_code', type: 'string', length: 40 },
        { name: 'license_plate', type: 'string', length: 40 },
        { name: 'vehicle_type', type: 'string', length: 20 },
        { name: 'rate_type', type: 'string', length: 20 },
        { name: 'check_in_at', type: 'time' },
        { name: 'check_out_at', type: 'time', nullable: true },
        { name: 'total_amount_cents', type: 'integer' },
        { name: 'is_paid', type: 'boolean' },
        { name: 'note', type: 'text' },
        { name: 'created_at', type: 'time' },
        { name: 'updated_at', type: 'time' },
      ],
      indexes: [
        { name: 'sessions_by_vehicle', columns: ['vehicle_id'] },
        { name: 'sessions_by_check_in', columns: ['check_in_at'] },
      ],
    },
  ],
  collections(records) {
    const sizes = sizesOf(records)
    const spots: Collection<SpotRecord> = {
      name: 'spots',
      items: () => listItems(sizes.spots, makeSpot),
      fills: [
        { table: 'spots', row: ({ id, code, type }) => [id, code, type.toUpperCase()], bare: ({ id, code, type }) => [id, code, type] },
      ],
    }
    const vehicles: Collection<VehicleRecord> = {
      name: 'vehicles',
      items: () => listItems(sizes.vehicles, makeVehicle),
      fills: [
        {
          table: 'vehicles',
          row: ({ id, licensePlate, vehicleType }) => [id, licensePlate, vehicleType.toUpperCase()],
          bare: ({ id, licensePlate, vehicleType }) => [id, licensePlate, vehicleType],
        },
      ],
    }
    const sessions: Collection<SessionRecord> = {
      name: 'sessions',
      items: () => listItems(sizes.sessions, (id) => makeSession(id, sizes)),
      fills: [{ table: 'parking_sessions', row: toRow, bare: toBareRow }],
    }
    return [spots, vehicles, sessions]
  },
  transfer: ({ defineTransfer, field, key, mapping, reference }, { source, folder }) =>
    defineTransfer({
      name: 'bench',
      source,
      target: {},
      folder,
      mappings: {
        spots: mapping<SpotRecord>({
          from: 'spots',
          table: 'spots',
          columns: { id: key().integer(), code: field('code').text(), type: field('type').oneOf(TYPES) },
        }),
        vehicles: mapping<VehicleRecord>({
          from: 'vehicles',
          table: 'vehicles',
          columns: { id: key().integer(), license_plate: field('licensePlate').text(), vehicle_type: field('vehicleType').oneOf(TYPES) },
        }),
        sessions: mapping<SessionRecord>({
          from: 'sessions',
          table: 'parking_sessions',
          schema: sessionSchema,
          columns: {
            id: key().integer(),
            vehicle_id: reference('vehicles', 'vehicle', { missing: 'reject' }),
            spot_id: reference('spots', 'spot', { missing: 'reject' }),
            spot_code: field('spotCode').text(),
            license_plate: field('licensePlate').text(),
            vehicle_type: field('vehicleType').oneOf(TYPES),
            rate_type: field('rateType').oneOf(RATES),
            check_in_at: field('checkInTime').timestamp(),
            check_out_at: field('checkOutTime').timestamp().optional(),
            total_amount_cents: field('totalAmount').decimal({ scale: 2, scaled: true }),
            is_paid: field('isPaid').boolean(),
            note: field('note').text(),
            created_at: field('createdAt').timestamp(),
            updated_at: field('updatedAt').timestamp(),
          },
        }),
      },
    }),
}

function toRow(session: SessionRecord): Values {
  return [
    session.id,
    session.vehicle,
    session.spot,
    session.spotCode,
    session.licensePlate,
    session.vehicleType.toUpperCase(),
    session.rateType.toUpperCase(),
    session.checkInTime,
    session.checkOutTime,
    Math.round(session.totalAmount * 100),
    session.isPaid ? 1 : 0,
    session.note,
    session.createdAt,
    session.updatedAt,
  ]
}

function toBareRow(session: SessionRecord): Values {
  return [
    session.id,
    session.vehicle,
    session.spot,
    session.spotCode,
    session.licensePlate,
    session.vehicleType,
    session.rateType,
    session.checkInTime,
    session.checkOutTime,
    session.totalAmount * 100,
    session.isPaid ? 1 : 0,
    session.note,
    session.createdAt,
    session.updatedAt,
  ]
}
