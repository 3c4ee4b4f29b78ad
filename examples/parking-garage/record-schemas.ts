/** What the app really writes, as JSON Schema: every field it always sets is required, fields it adds on the way are welcome. */
const time = { type: 'string', format: 'date-time' }

/** A record of `garageConfig`. */
export const garageSchema = {
  type: 'object',
  required: ['name', 'floors', 'rates', 'spotTypes', 'createdAt', 'updatedAt'],
  properties: {
    name: { type: 'string', minLength: 1 },
    floors: { type: 'array', minItems: 1 },
    rates: { type: 'object', additionalProperties: { type: 'number', minimum: 0 } },
    spotTypes: { type: 'object' },
    createdAt: time,
    updatedAt: time,
  },
}

/** An element of a garage's `floors`. */
export const floorSchema = {
  type: 'object',
  required: ['number', 'bays', 'spotsPerBay'],
  properties: {
    number: { type: 'integer' },
    bays: { type: 'integer', minimum: 1 },
    spotsPerBay: { type: 'integer', minimum: 1 },
  },
}

/** A record of `spots`. */
export const spotSchema = {
  type: 'object',
  required: ['id', 'floor', 'bay', 'spotNumber', 'type', 'status', 'features', 'currentVehicle', 'createdAt', 'updatedAt'],
  properties: {
    id: { type: 'string', pattern: '^F[0-9]+-B[0-9]+-S[0-9]+$' },
    floor: { type: 'integer' },
    bay: { type: 'integer', minimum: 1 },
    spotNumber: { type: 'integer', minimum: 1 },
    type: { enum: ['compact', 'standard', 'oversized'] },
    status: { enum: ['available', 'occupied', 'maintenance'] },
    features: { type: 'array', items: { type: 'string' } },
    currentVehicle: { type: ['string', 'null'] },
    createdAt: time,
    updatedAt: time,
  },
}

/** A record of `vehicles`. */
export const vehicleSchema = {
  type: 'object',
  required: [
    'licensePlate',
    'spotId',
    'checkInTime',
    'vehicleType',
    'rateType',
    'checkOutTime',
    'totalAmount',
    'isPaid',
    'createdAt',
    'updatedAt',
  ],
  properties: {
    licensePlate: { type: 'string', minLength: 1, maxLength: 64 },
    spotId: { type: 'string', minLength: 1 },
    checkInTime: time,
    vehicleType: { enum: ['compact', 'standard', 'oversized'] },
    rateType: { enum: ['hourly', 'daily', 'monthly'] },
    checkOutTime: { anyOf: [time, { type: 'null' }] },
    totalAmount: { type: 'number', minimum: 0 },
    isPaid: { type: 'boolean' },
    createdAt: time,
    updatedAt: time,
  },
}
