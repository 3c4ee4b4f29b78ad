import { join } from 'node:path'
import { expect } from 'chai'
import { fillMemoryStore } from '../../../examples/parking-garage/fill-memory-store.ts'
import { ODD_PLATES } from '../../../examples/parking-garage/license-plates.ts'
import { MemoryStore } from '../../../examples/parking-garage/memory-store.ts'
import { exportStore, openSource } from '../../../src/index.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

describe("the example's store", () => {
  const store = MemoryStore.getInstance()
  const spots = () => [...store.spots.values()]
  const vehicles = () => [...store.vehicles.values()]

  beforeEach(() => fillMemoryStore(store, { spots: 5100, vehicles: 3670 }))
  after(() => store.clear())

  it('is the same for the same size and seed, and another for another seed', () =>
    withTemporaryFolder((folder) => {
      const exportAs = (name: string) => exportStore(store, join(folder, name)).sha256
      const first = exportAs('first.ferry.ndjson')
      fillMemoryStore(store, { spots: 5100, vehicles: 3670 })
      expect(exportAs('second.ferry.ndjson')).to.equal(first)
      fillMemoryStore(store, { spots: 5100, vehicles: 3670, seed: 2 })
      expect(exportAs('third.ferry.ndjson')).to.not.equal(first)
    }))

  it('has any size', () => {
    for (const size of [
      { spots: 0, vehicles: 0 },
      { spots: 7, vehicles: 0 },
      { spots: 3, vehicles: 90 },
      { spots: 2000, vehicles: 10 },
    ]) {
      fillMemoryStore(store, size)
      expect([store.spots.size, store.vehicles.size]).to.deep.equal([size.spots, size.vehicles])
    }
  })

  it('derives occupiedSpots and spotsByFloorBay from its spots', () => {
    expect([...store.occupiedSpots].sort()).to.deep.equal(
      spots()
        .filter(({ status }) => status === 'occupied')
        .map(({ id }) => id)
        .sort(),
    )
    for (const [bay, members] of store.spotsByFloorBay) {
      expect([...members]).to.deep.equal(
        spots()
          .filter((spot) => `F${spot.floor}-B${spot.bay}` === bay)
          .map(({ id }) => id),
      )
    }
  })

  it('has the contradictions of a real garage, about as often', () => {
    const orphans = vehicles().filter(({ spotId }) => !store.spots.has(spotId)).length
    const nobody = spots().filter(({ status, currentVehicle }) => status === 'occupied' && currentVehicle === null).length
    const claimed = spots().filter(({ status, currentVehicle }) => status === 'available' && currentVehicle !== null).length
    const strangers = vehicles().filter(
      ({ checkOutTime, spotId, licensePlate }) =>
        checkOutTime === null && store.spots.has(spotId) && store.spots.get(spotId)?.currentVehicle !== licensePlate,
    ).length
    expect(orphans, 'vehicles on a floor that is gone').to.be.within(30, 70)
    expect(nobody, 'occupied by nobody').to.be.within(5, 25)
    expect(claimed, 'free but claimed').to.be.within(5, 25)
    expect(strangers, 'parked where another stands').to.be.within(100, 220)
    expect(spots().filter(({ status }) => status === 'maintenance')).to.not.have.lengthOf(0)
  })

  it('has fields that no model knows, a live Date among them', () => {
    const extra = spots().filter((spot) => 'estimatedCompletion' in spot && spot.estimatedCompletion instanceof Date)
    expect(extra).to.not.have.lengthOf(0)
  })

  it('has every odd plate, plates of digits only, and amounts with a fraction', () => {
    expect(ODD_PLATES.filter((plate) => !store.vehicles.has(plate))).to.deep.equal([])
    expect([...store.vehicles.keys()].filter((plate) => /^\d+$/.test(plate)).length).to.be.within(100, 220)
    expect(vehicles().filter(({ totalAmount }) => totalAmount % 1 !== 0).length).to.be.within(150, 320)
  })

  it('has records that JSON.stringify encodes twice, and a snapshot that does not', () =>
    withTemporaryFolder(async (folder) => {
      const [vehicle] = vehicles()
      expect(JSON.parse(JSON.stringify(vehicle))).to.be.a('string')
      const path = join(folder, 'store.ferry.ndjson')
      exportStore(store, path)
      const source = await openSource(path)
      for await (const page of source.read('vehicles')) {
        const [item] = page.items
        expect(item).to.deep.include({ key: vehicle?.licensePlate, value: { ...vehicle } })
        break
      }
      await source.close()
    }))

  it('is one to its process', () => {
    expect(MemoryStore.getInstance()).to.equal(store)
  })
})
