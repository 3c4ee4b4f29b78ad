export type SpotType = 'compact' | 'standard' | 'oversized'
export type SpotStatus = 'available' | 'occupied' | 'maintenance'

/** One parking spot as the app keeps it; times are ISO 8601 text. */
export class Spot {
  id: string
  floor: number
  bay: number
  /** Counts from 1 in every bay. */
  spotNumber: number
  type: SpotType
  status: SpotStatus = 'available'
  features: string[]
  /** Plate of the vehicle that stands here, or null. */
  currentVehicle: string | null = null
  createdAt: string
  updatedAt: string

  constructor(place: { floor: number; bay: number; spotNumber: number }, type: SpotType, features: string[], createdAt: string) {
    this.id = renderSpotId(place)
    this.floor = place.floor
    this.bay = place.bay
    this.spotNumber = place.spotNumber
    this.type = type
    this.features = features
    this.createdAt = createdAt
    this.updatedAt = createdAt
  }

  /** Text, not an object, and without the fields that were written later: `JSON.stringify` of such a record is encoded twice. */
  toJSON(): string {
    const { id, floor, bay, spotNumber, type, status, features, currentVehicle, createdAt, updatedAt } = this
    return JSON.stringify({ id, floor, bay, spotNumber, type, status, features, currentVehicle, createdAt, updatedAt })
  }
}

/** `F1-B2-S003`: floor 1, bay 2, spot 3. */
export function renderSpotId(place: { floor: number; bay: number; spotNumber: number }): string {
  return `F${place.floor}-B${place.bay}-S${String(place.spotNumber).padStart(3, '0')}`
}
