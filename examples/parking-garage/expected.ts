import type { StoreReader } from '../../src/index.ts'
import type { Spot } from './spot.ts'
import type { Vehicle } from './vehicle.ts'

/** Ids of the spots that `occupiedSpots` should hold. */
export async function* occupiedSpotIds(store: StoreReader): AsyncGenerator<string> {
  for await (const { key, value } of store.records('spots')) {
    if ((value as Spot).status === 'occupied') yield String(key)
  }
}

/** `[bay, spot id]` for every member that `spotsByFloorBay` should hold. */
export async function* spotIdsByBay(store: StoreReader): AsyncGenerator<readonly [string, string]> {
  for await (const { key, value } of store.records('spots')) {
    const { floor, bay } = value as Spot
    yield [`F${floor}-B${bay}`, String(key)]
  }
}

/** Cents of all stays. */
export async function totalAmountCents(store: StoreReader): Promise<bigint> {
  let cents = 0n
  for await (const { value } of store.records('vehicles')) {
    cents += BigInt(Math.round((value as Vehicle).totalAmount * 100))
  }
  return cents
}

/** Counts the records of a collection. */
export function countOf(collection: string): (store: StoreReader) => Promise<number> {
  return async (store) => {
    let count = 0
    for await (const _record of store.records(collection)) count++
    return count
  }
}
