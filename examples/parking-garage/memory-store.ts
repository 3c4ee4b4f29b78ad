import type { Spot } from './spot.ts'
import type { Vehicle } from './vehicle.ts'

/** A garage's settings; the key they stand under is nowhere in the record. */
export interface GarageConfig {
  name: string
  floors: { number: number; bays: number; spotsPerBay: number }[]
  rates: Record<string, number>
  spotTypes: Record<string, { minSize: number; maxSize: number }>
  createdAt: string
  updatedAt: string
}

/** All the app knows, in the memory of one process: the kind of store `ferry` moves into tables. */
export class MemoryStore {
  static #instance: MemoryStore | undefined

  readonly spots = new Map<string, Spot>()
  readonly vehicles = new Map<string, Vehicle>()
  readonly garageConfig = new Map<string, GarageConfig>()
  /** Spot ids by `F1-B2`; derived from `spots`. */
  readonly spotsByFloorBay = new Map<string, Set<string>>()
  /** Ids of the spots whose status is `occupied`; derived from `spots`. */
  readonly occupiedSpots = new Set<string>()

  private constructor() {}

  /** The one store of this process. */
  static getInstance(): MemoryStore {
    MemoryStore.#instance ??= new MemoryStore()
    return MemoryStore.#instance
  }

  /** Puts a spot where the indexes find it. */
  addSpot(spot: Spot): void {
    const bay = `F${spot.floor}-B${spot.bay}`
    const members = this.spotsByFloorBay.get(bay) ?? new Set<string>()
    this.spotsByFloorBay.set(bay, members.add(spot.id))
    this.spots.set(spot.id, spot)
  }

  /** Marks a spot as taken, by a vehicle or, as the app allows, by none. */
  occupy(spot: Spot, plate: string | null): void {
    spot.status = 'occupied'
    spot.currentVehicle = plate
    this.occupiedSpots.add(spot.id)
  }

  /** Empties every collection. */
  clear(): void {
    for (const collection of [this.spots, this.vehicles, this.garageConfig, this.spotsByFloorBay, this.occupiedSpots]) collection.clear()
  }
}
