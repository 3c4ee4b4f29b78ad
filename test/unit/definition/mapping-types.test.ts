import { expect } from 'chai'
import { field, id, index, item, key, lookup, parent, reference, references } from '../../../src/definition/builders.ts'
import { mapping } from '../../../src/definition/transfer-input.ts'

interface Floor {
  readonly number: number
  readonly bays?: { readonly count: number }
}

interface Spot {
  readonly id: string
  readonly floor: number
  readonly features: readonly string[]
  readonly currentVehicle: string | null
  readonly createdAt: Date
  readonly position: { readonly bay: { readonly name: string } | null }
  readonly extra: unknown
  readonly rates: Record<string, number>
  readonly byNumber: ReadonlyMap<number, Floor>
}

const base = { from: 'spots', table: 'spots' } as const

// The compiler is the test here: an accepted wrong path makes an unused @ts-expect-error, which `npm run types` reports.
describe('mapping<T>', () => {
  it('accepts the paths of T from free builders', () => {
    const made = mapping<Spot>({
      ...base,
      columns: {
        id: id.uuid(),
        code: key().text(),
        bay: field('position.bay.name').text(),
        extra: field('extra.any.thing').json(),
        rate: field('rates.hourly').decimal({ scale: 2 }),
        count: field('byNumber.1.bays.count').integer().optional(),
        floor_id: reference('floors', (spot) => ['default', spot.floor], { missing: 'reject' }),
        vehicle_id: reference('vehicles', 'currentVehicle', { missing: 'null' }).optional(),
        other_id: reference('vehicles', (spot: Spot) => spot.currentVehicle).optional(),
        type_id: lookup('types', { code: 'id', size: (spot) => spot.floor }),
        ...references('floors', (spot: Spot) => ['default', spot.floor], { floor_garage: 'garage_id', floor_number: 'number' }),
      },
      where: (spot) => spot.floor > 0,
    })
    expect(Object.keys(made.columns)).to.include('floor_garage')
  })

  it('gives typed builders to a function', () => {
    const made = mapping<Spot>({
      ...base,
      columns: (c) => ({
        code: c.key().text(),
        bay: c.field('position.bay.name').text(),
        vehicle_id: c.reference('vehicles', (spot) => spot.currentVehicle, { missing: 'null' }).optional(),
        year: c.computed((spot) => spot.createdAt.getUTCFullYear()).integer(),
        ...c.references('floors', (spot) => ['default', spot.floor], { floor_number: 'number' }),
      }),
    })
    expect(Object.keys(made.columns)).to.deep.equal(['code', 'bay', 'vehicle_id', 'year', 'floor_number'])
  })

  it('types the item of each apart from the record', () => {
    const made = mapping<Spot, string>({
      ...base,
      each: 'features',
      columns: { spot_id: parent(), feature: item().text(), position: index(), floor: field('floor').integer() },
      key: (feature) => feature.toUpperCase(),
    })
    expect(made.each).to.equal('features')
  })

  it('refuses a path, a value or a column that does not fit', () => {
    // @ts-expect-error a field the record does not have
    mapping<Spot>({ ...base, columns: { x: field('flor').text() } })
    // @ts-expect-error a nested field the record does not have
    mapping<Spot>({ ...base, columns: { x: field('position.bay.nam').text() } })
    // @ts-expect-error a field of the record where the item is another type
    mapping<Spot, Floor>({ ...base, each: 'floors', columns: { x: item('floor').integer() } })
    // @ts-expect-error a key path the record does not have
    mapping<Spot>({ ...base, columns: { x: reference('vehicles', 'vehicle') } })
    // @ts-expect-error a function that reads what is not there
    mapping<Spot>({ ...base, columns: { x: reference('vehicles', (spot) => spot.vehicle) } })
    // @ts-expect-error a function of another record
    mapping<Spot>({ ...base, columns: { x: reference('vehicles', (other: { plate: string }) => other.plate) } })
    // @ts-expect-error a field without a kind
    mapping<Spot>({ ...base, columns: { x: field('floor') } })
    // @ts-expect-error the same from the typed builders
    mapping<Spot>({ ...base, columns: (c) => ({ x: c.field('flor').text() }) })
    expect(true).to.equal(true)
  })
})
