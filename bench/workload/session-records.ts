import { pick, scatter, toInstant } from './scatter.ts'

/** How many records of each kind. */
export interface Sizes {
  readonly sessions: number
  readonly vehicles: number
  readonly spots: number
}

/** A tenth of the sessions are vehicles; the garage keeps its size. */
export function sizesOf(sessions: number): Sizes {
  return { sessions, vehicles: Math.max(1, Math.ceil(sessions / 10)), spots: Math.max(1, Math.min(5_000, Math.ceil(sessions / 10))) }
}

export interface SpotRecord {
  readonly id: number
  readonly code: string
  readonly type: string
}

export interface VehicleRecord {
  readonly id: number
  readonly licensePlate: string
  readonly vehicleType: string
}

/** A parking session: 14 members, about 350 bytes as a line of JSON. */
export interface SessionRecord {
  readonly id: number
  readonly vehicle: number
  readonly spot: number
  readonly spotCode: string
  readonly licensePlate: string
  readonly vehicleType: string
  readonly rateType: string
  readonly checkInTime: string
  readonly checkOutTime: string | null
  readonly totalAmount: number
  readonly isPaid: boolean
  readonly note: string
  readonly createdAt: string
  readonly updatedAt: string
}

const VEHICLE_TYPES = ['compact', 'standard', 'oversized'] as const
const RATE_TYPES = ['hourly', 'daily', 'monthly'] as const
const SPOT_TYPES = VEHICLE_TYPES
const MINUTE = 60_000

export function makeSpot(id: number): SpotRecord {
  return { id, code: spotCode(id), type: pick(SPOT_TYPES, scatter(id)) }
}

export function makeVehicle(id: number): VehicleRecord {
  return { id, licensePlate: plate(id), vehicleType: pick(VEHICLE_TYPES, scatter(id + 7)) }
}

/** `id` from 1. */
export function makeSession(id: number, sizes: Sizes): SessionRecord {
  const mixed = scatter(id)
  const vehicle = (mixed % sizes.vehicles) + 1
  const spot = (scatter(mixed) % sizes.spots) + 1
  const checkIn = id * 400 + (mixed % 997)
  const checkOut = mixed % 11 === 0 ? null : checkIn + (15 + (mixed % 600)) * MINUTE
  return {
    id,
    vehicle,
    spot,
    spotCode: spotCode(spot),
    licensePlate: plate(vehicle),
    vehicleType: pick(VEHICLE_TYPES, scatter(vehicle + 7)),
    rateType: pick(RATE_TYPES, mixed >>> 3),
    checkInTime: toInstant(checkIn),
    checkOutTime: checkOut === null ? null : toInstant(checkOut),
    totalAmount: (mixed % 20_000) / 100,
    isPaid: mixed % 3 !== 0,
    note: mixed % 4 === 0 ? '' : `gate ${mixed % 8}, ticket ${mixed.toString(36)}, “paid at kiosk”`,
    createdAt: toInstant(checkIn),
    updatedAt: toInstant(checkOut ?? checkIn),
  }
}

function spotCode(id: number): string {
  return `F${1 + Math.floor(id / 500)}-B${1 + (Math.floor(id / 50) % 10)}-S${String(id % 50).padStart(3, '0')}`
}

function plate(id: number): string {
  return id % 50 === 0 ? String(id).padStart(7, '0') : `${scatter(id).toString(36).toUpperCase().padStart(7, 'Q')}-${id % 97}`
}
