import type { SpotType } from './spot.ts'

export type RateType = 'hourly' | 'daily' | 'monthly'

/** One vehicle and its only stay, as the app keeps them in one record; times are ISO 8601 text. */
export class Vehicle {
  licensePlate: string
  spotId: string
  checkInTime: string
  vehicleType: SpotType
  rateType: RateType
  checkOutTime: string | null = null
  totalAmount = 0
  isPaid = false
  createdAt: string
  updatedAt: string

  constructor(licensePlate: string, spotId: string, kind: { vehicleType: SpotType; rateType: RateType }, checkInTime: string) {
    this.licensePlate = licensePlate
    this.spotId = spotId
    this.vehicleType = kind.vehicleType
    this.rateType = kind.rateType
    this.checkInTime = checkInTime
    this.createdAt = checkInTime
    this.updatedAt = checkInTime
  }

  /** Text, not an object: see Spot.toJSON. */
  toJSON(): string {
    return JSON.stringify({ ...this })
  }
}
