import { expect } from 'chai'
import type { ErrorCode } from '../../../src/core/error-codes.ts'
import { isFerryError } from '../../../src/core/errors.ts'
import { computed, constant, field, id, index, item, key, lookup, parent, reference, references } from '../../../src/definition/builders.ts'
import { defineTransfer, parseMaxRejects } from '../../../src/definition/define-transfer.ts'
import { describeDifference } from '../../../src/definition/hash-definition.ts'
import type { ResolvedMapping } from '../../../src/definition/transfer.ts'
import { mapping, type TransferInput } from '../../../src/definition/transfer-input.ts'

interface Spot {
  readonly id: string
  readonly floor: number
  readonly status: string
  readonly features: readonly string[]
  readonly currentVehicle: string | null
  readonly createdAt: Date
  readonly size: { readonly width: number; readonly unit?: { readonly name: string } }
}

interface Garage {
  readonly name: string
  readonly floors: readonly { readonly number: number; readonly bays: number }[]
}

const target = { config: { client: 'better-sqlite3' } }

const garages = () => mapping<Garage>({ from: 'garageConfig', table: 'garages', columns: { id: id.uuid(), name: field('name').text() } })
const vehicles = () => mapping({ from: 'vehicles', table: 'vehicles', columns: { id: id.uuid(), plate: key().text() } })
const spots = (status: Record<string, string> = { available: 'AVAILABLE' }) =>
  mapping<Spot>({
    from: 'spots',
    table: 'spots',
    schema: { type: 'object' },
    columns: {
      id: id.uuid(),
      code: key().text(),
      status: field('status').oneOf(status),
      current_vehicle_id: reference('vehicles', 'currentVehicle', { missing: 'null' }).optional(),
      created_at: field('createdAt').timestamp(),
    },
  })
const transfer = (mappings: TransferInput['mappings']) => defineTransfer({ name: 'parking', target, mappings })

function codeOf(act: () => unknown): ErrorCode | undefined {
  try {
    act()
  } catch (error) {
    if (isFerryError(error)) return error.code
    throw error
  }
  return undefined
}

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (isFerryError(error)) return error.message
    throw error
  }
  return ''
}

describe('defineTransfer', () => {
  it('fills in the defaults and freezes all of it', () => {
    const resolved = transfer({ vehicles: vehicles(), spots: spots() })
    expect(resolved).to.include({ onFailure: 'stop', batchRows: 5000, batchBytes: 8388608, folder: '.ferry' })
    expect(resolved.maxRejects).to.deep.equal({ count: 0 })
    expect(resolved.mappings.map((each: ResolvedMapping) => [each.name, each.conflict, each.each])).to.deep.equal([
      ['vehicles', 'insert', []],
      ['spots', 'insert', []],
    ])
    expect(Object.isFrozen(resolved)).to.equal(true)
    expect(Object.isFrozen(resolved.mappings[1]?.columns)).to.equal(true)
    expect(Object.isFrozen(resolved.mappings[1]?.columns.status?.convert)).to.equal(true)
  })

  it('keeps the columns in the order written', () => {
    const resolved = transfer({ vehicles: vehicles(), spots: spots() })
    expect(Object.keys(resolved.mappings[1]?.columns ?? {})).to.deep.equal(['id', 'code', 'status', 'current_vehicle_id', 'created_at'])
  })

  it('reads lists of lists and the record as the list', () => {
    const resolved = transfer({
      a: mapping({ from: 'm', each: '.', table: 'a', columns: { v: item().text() } }),
      b: mapping({ from: 'n', each: 'orders.lines', table: 'b', columns: { v: item().text() } }),
    })
    expect(resolved.mappings.map((each) => each.each)).to.deep.equal([['.'], ['orders', 'lines']])
  })

  it('spreads a composite reference into its columns', () => {
    const resolved = transfer({
      garages: garages(),
      spots: mapping<Spot>({
        from: 'spots',
        table: 'spots',
        columns: {
          code: key().text(),
          ...references('garages', (spot: Spot) => ['default', spot.floor], { floor_garage: 'garage_id', floor_number: 'number' }),
        },
      }),
    })
    const columns = resolved.mappings[1]?.columns
    expect(columns?.floor_garage?.origin).to.include({ from: 'reference', mapping: 'garages', column: 'garage_id' })
    expect(columns?.floor_number?.origin).to.include({ from: 'reference', mapping: 'garages', column: 'number' })
  })

  it('refuses what cannot be meant, naming mapping and column', () => {
    const wrong: [string, () => unknown, string][] = [
      ['no mappings', () => transfer({}), 'no mappings'],
      ['an unknown mapping', () => transfer({ spots: spots() }), 'mapping "spots", column "current_vehicle_id"'],
      [
        'a column without a kind',
        () => transfer({ a: mapping({ from: 'a', table: 'a', columns: { x: field('x') as never } }) }),
        'mapping "a", column "x"',
      ],
      [
        'parent() without a mapping above',
        () => transfer({ f: mapping<Garage>({ from: 'g', each: 'floors', table: 'f', columns: { g: parent() } }) }),
        'mapping "f", column "g"',
      ],
      ['parent() of a record', () => transfer({ f: mapping({ from: 'g', table: 'f', columns: { g: parent() } }) }), 'column "g"'],
      ['index() of a record', () => transfer({ f: mapping({ from: 'g', table: 'f', columns: { g: index() } }) }), 'column "g"'],
      ['two mappings of one table', () => transfer({ a: vehicles(), b: vehicles() }), '"a" and "b"'],
      ['an unknown option', () => transfer({ a: { ...vehicles(), colums: {} } as never }), '"colums"'],
      [
        'a column that is no builder',
        () => transfer({ a: mapping({ from: 'a', table: 'a', columns: { x: 'id' as never } }) }),
        'column "x"',
      ],
      [
        'match without skip',
        () => transfer({ a: mapping({ from: 'a', table: 'a', match: ['x'], columns: { x: key().text() } }) }),
        'match',
      ],
      [
        'match of an unmapped column',
        () => transfer({ a: mapping({ from: 'a', table: 'a', conflict: 'skip', match: ['y'], columns: { x: key().text() } }) }),
        '"y"',
      ],
      ['an empty enum', () => transfer({ a: mapping({ from: 'a', table: 'a', columns: { x: field('x').oneOf({}) } }) }), 'column "x"'],
      [
        'cents without a scale',
        () => transfer({ a: mapping({ from: 'a', table: 'a', columns: { x: field('x').decimal({ scaled: true }) } }) }),
        'column "x"',
      ],
      [
        'a budget that is no number',
        () => defineTransfer({ name: 'n', target, mappings: { v: vehicles() }, maxRejects: 'few' }),
        'maxRejects',
      ],
      ['batches of nothing', () => defineTransfer({ name: 'n', target, mappings: { v: vehicles() }, batchRows: 0 }), 'batchRows'],
    ]
    for (const [what, act, named] of wrong) {
      expect(codeOf(act), what).to.equal('FERRY_DEFINITION_INVALID')
      expect(messageOf(act), what).to.contain(named)
    }
  })

  it('reads the budget as a count or a share', () => {
    expect(parseMaxRejects(10)).to.deep.equal({ count: 10 })
    expect(parseMaxRejects('10')).to.deep.equal({ count: 10 })
    expect(parseMaxRejects('0.5%')).to.deep.equal({ share: 0.005 })
    for (const wrong of ['-1', '', '101%', 1.5, Number.NaN])
      expect(codeOf(() => parseMaxRejects(wrong))).to.equal('FERRY_DEFINITION_INVALID')
  })
})

describe('the hash of a definition', () => {
  it('changes with every declared part and leaves functions and budgets out', () => {
    const first = transfer({ vehicles: vehicles(), spots: spots() })
    const other = defineTransfer({
      name: 'parking',
      target: { knexfile: 'x' },
      maxRejects: '5%',
      onFailure: 'rollback',
      batchRows: 10,
      folder: 'elsewhere',
      mappings: { vehicles: vehicles(), spots: spots() },
    })
    expect(other.hash).to.equal(first.hash)
    expect(transfer({ vehicles: vehicles(), spots: spots({ available: 'FREE' }) }).hash).to.not.equal(first.hash)
    expect(transfer({ spots: spots(), vehicles: vehicles() }).hash).to.not.equal(first.hash)
  })

  it('says what differs', () => {
    const before = transfer({ vehicles: vehicles(), spots: spots() })
    const after = transfer({ vehicles: vehicles(), spots: spots({ available: 'FREE' }), garages: garages() })
    const said = describeDifference(before.hashedText, after.hashedText)
    expect(said).to.include('mapping "garages" was added')
    expect(said.some((sentence) => sentence.startsWith('mapping "spots", column "status": convert.values changed'))).to.equal(true)
    expect(describeDifference(before.hashedText, before.hashedText)).to.deep.equal([])
  })

  it('tells constants and id bases apart', () => {
    const make = (value: bigint, start: number) =>
      transfer({
        a: mapping({
          from: 'a',
          table: 'a',
          columns: {
            id: id.integer({ start }),
            v: constant(value).bigint(),
            w: lookup('t', { code: 'type' }),
            c: computed(() => 1).integer(),
          },
        }),
      })
    expect(make(1n, 1).hash).to.equal(make(1n, 1).hash)
    expect(make(2n, 1).hash).to.not.equal(make(1n, 1).hash)
    expect(make(1n, 2).hash).to.not.equal(make(1n, 1).hash)
  })
})
