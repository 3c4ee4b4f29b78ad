import { licensePlates } from './license-plates.ts'
import type { MemoryStore } from './memory-store.ts'
import { createRandom, type Random } from './random.ts'
import { renderSpotId, Spot, type SpotType } from './spot.ts'
import { type RateType, Vehicle } from './vehicle.ts'

const OPENED_AT = Date.UTC(2025, 7, 10, 6)
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const BAYS_PER_FLOOR = 17
const LOST_FLOOR_BAYS = 4

export interface GarageSize {
  readonly spots: number
  readonly vehicles: number
  /** Default 1; another seed gives another garage of the same kind. */
  readonly seed?: number
}

/**
 * Fills the store with what weeks of a real garage leave behind, the same for the same size and seed: vehicles on a floor that was
 * torn down, cars stranded on spots that were given to the next one, occupied spots without a vehicle, free ones that still name it,
 * fields no model knows.
 */
export function fillMemoryStore(store: MemoryStore, size: GarageSize): void {
  const random = createRandom(size.seed ?? 1)
  store.clear()
  const floors = addSpots(store, size.spots, random)
  addConfig(store, floors, size.spots)
  const spots = [...store.spots.values()]
  addVehicles(store, { spots, count: size.vehicles, lostFloor: floors + 1 }, random)
  leaveTraces(store, spots, random)
}

function addSpots(store: MemoryStore, count: number, random: Random): number {
  const perBay = spotsPerBay(count)
  for (let number = 0; number < count; number++) {
    const bayIndex = Math.floor(number / perBay)
    const place = {
      floor: Math.floor(bayIndex / BAYS_PER_FLOOR) + 1,
      bay: (bayIndex % BAYS_PER_FLOOR) + 1,
      spotNumber: (number % perBay) + 1,
    }
    const share = (number % perBay) / perBay
    const type = share < 0.2 ? 'compact' : share < 0.9 ? 'standard' : 'oversized'
    const features = place.spotNumber === 1 ? ['ev_charging'] : []
    if (place.spotNumber <= 2 && place.bay === 1) features.splice(random.below(2), 0, 'handicap')
    store.addSpot(new Spot(place, type, features, at(OPENED_AT)))
  }
  return Math.ceil(Math.ceil(count / perBay) / BAYS_PER_FLOOR)
}

function spotsPerBay(count: number): number {
  return count < 1000 ? 10 : 50
}

function addConfig(store: MemoryStore, floors: number, spots: number): void {
  const perBay = spotsPerBay(spots)
  const bays = Math.ceil(spots / perBay)
  store.garageConfig.set('default', {
    name: 'Downtown Garage',
    floors: Array.from({ length: floors }, (_, index) => ({
      number: index + 1,
      bays: Math.min(BAYS_PER_FLOOR, bays - index * BAYS_PER_FLOOR),
      spotsPerBay: perBay,
    })),
    rates: { standard: 5.5, compact: 4, oversized: 7, ev_charging: 9.25 },
    spotTypes: { compact: { minSize: 0, maxSize: 1 }, standard: { minSize: 1, maxSize: 2 }, oversized: { minSize: 2, maxSize: 3 } },
    createdAt: at(OPENED_AT),
    updatedAt: at(OPENED_AT),
  })
}

interface Traffic {
  readonly spots: readonly Spot[]
  readonly count: number
  readonly lostFloor: number
}

function addVehicles(store: MemoryStore, traffic: Traffic, random: Random): void {
  const plates = licensePlates(random)
  const free = shuffle(traffic.spots, random)
  const parkedOn: Spot[] = []
  for (let number = 0; number < traffic.count; number++) {
    const checkedInAt = OPENED_AT + Math.floor((number / traffic.count) * 21 * DAY_MS) + random.below(MINUTE_MS)
    const kind = {
      vehicleType: random.pick<SpotType>(['standard', 'standard', 'compact', 'oversized']),
      rateType: random.pick<RateType>(['hourly', 'hourly', 'hourly', 'hourly', 'daily', 'monthly']),
    }
    const plate = plates.next().value
    const lost = random.chance(0.0136)
    const parked = !lost && random.chance(0.58)
    const stranded = parked && random.chance(0.07) ? parkedOn[random.below(parkedOn.length)] : undefined
    const spot = stranded ?? (parked ? free.pop() : undefined)
    const spotId = spot?.id ?? (lost ? lostSpotId(traffic.lostFloor, random) : anySpotId(traffic.spots, random))
    const vehicle = new Vehicle(plate, spotId, kind, at(checkedInAt))
    if (spot === undefined) checkOut(vehicle, checkedInAt, random)
    else if (stranded === undefined) {
      store.occupy(spot, plate)
      spot.updatedAt = at(checkedInAt)
      parkedOn.push(spot)
    }
    store.vehicles.set(plate, vehicle)
  }
}

function checkOut(vehicle: Vehicle, checkedInAt: number, random: Random): void {
  const minutes = 10 + random.below(6000)
  vehicle.checkOutTime = at(checkedInAt + minutes * MINUTE_MS)
  vehicle.updatedAt = vehicle.checkOutTime
  const hours = Math.ceil(minutes / 60)
  vehicle.totalAmount = random.chance(0.146) ? hours * 5 + random.pick([0.5, 0.25, 0.1, 0.99]) : hours * 4
  vehicle.isPaid = random.chance(0.89)
}

/** Marks that hand changes left: the app writes fields its model does not know, some of them live Dates. */
function leaveTraces(store: MemoryStore, spots: readonly Spot[], random: Random): void {
  const plates = [...store.vehicles.keys()]
  const changedAt = OPENED_AT + 20 * DAY_MS
  for (const spot of spots) {
    const byHand = random.chance(0.004)
    const freedByHand = !byHand && random.chance(0.004)
    if (spot.status === 'occupied') {
      if (random.chance(0.006)) spot.currentVehicle = null
    } else if (byHand) {
      spot.status = random.chance(0.6) ? 'maintenance' : 'available'
      Object.assign(spot, {
        lastUpdated: at(changedAt),
        maintenanceReason: random.pick(['Repainting', 'Light repair']),
        estimatedCompletion: new Date(changedAt + DAY_MS),
      })
    } else if (freedByHand) {
      spot.currentVehicle = plates[random.below(plates.length)] ?? null
      const unset = { vehicleId: null, licensePlate: null, occupiedSince: null, maintenanceReason: null, estimatedCompletion: null }
      Object.assign(spot, { lastUpdated: at(changedAt), ...unset })
    }
  }
}

function lostSpotId(floor: number, random: Random): string {
  return renderSpotId({ floor, bay: 1 + random.below(LOST_FLOOR_BAYS), spotNumber: 1 + random.below(50) })
}

function anySpotId(spots: readonly Spot[], random: Random): string {
  return spots[random.below(spots.length)]?.id ?? renderSpotId({ floor: 1, bay: 1, spotNumber: 1 })
}

function shuffle(spots: readonly Spot[], random: Random): Spot[] {
  const mixed = [...spots]
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = random.below(last + 1)
    const [a, b] = [mixed[last], mixed[other]]
    if (a === undefined || b === undefined) continue
    mixed[last] = b
    mixed[other] = a
  }
  return mixed
}

function at(ms: number): string {
  return new Date(ms).toISOString()
}
