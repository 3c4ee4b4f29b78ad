import { defineTransfer, field, key, mapping, NdjsonAdapter, type ResolvedTransfer, reference } from '../../src/index.ts'
import type { SessionRecord, SpotRecord, VehicleRecord } from './records.ts'

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

/** What ours is asked to do: every check on, references looked up, instants and enums converted. */
export function benchTransfer(options: {
  readonly source: string
  readonly folder: string
  readonly batchRows?: number
}): ResolvedTransfer {
  return defineTransfer({
    name: 'bench',
    source: new NdjsonAdapter({ path: options.source, keyFields: { spots: 'id', vehicles: 'id', sessions: 'id' } }),
    target: {},
    folder: options.folder,
    ...(options.batchRows === undefined ? {} : { batchRows: options.batchRows }),
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
  })
}
