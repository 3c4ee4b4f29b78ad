import { expect } from 'chai'
import { isFerryError } from '../../../src/core/errors.ts'
import { computed, constant, field, id, index, item, key, lookup, parent, reference, references } from '../../../src/definition/builders.ts'
import { mapping } from '../../../src/definition/transfer-input.ts'
import { type Collections, FakeResolver, itemsOf, type PipelineWorld, pipelineOf, tell } from '../../support/pipeline-world.ts'
import { sketchTables } from '../../support/tables.ts'

const tables = sketchTables({
  garages: { columns: ['id uuid', 'name text'], primaryKey: ['id'] },
  floors: { columns: ['garage_id uuid', 'number integer', 'position integer'], primaryKey: ['garage_id', 'number'] },
  types: { columns: ['id integer', 'code text'], primaryKey: ['id'] },
  spots: {
    columns: ['id uuid', 'code text', 'floor_garage uuid', 'floor_number integer', 'type_id integer', 'vehicle_id uuid?', 'note text?'],
    primaryKey: ['id'],
  },
  features: { columns: ['spot_id uuid', 'position integer', 'feature text'], primaryKey: ['spot_id', 'position'] },
  vehicles: { columns: ['id integer', 'plate text', 'spot_id uuid?'], primaryKey: ['id'] },
  values: { columns: ['id text', 'value text?'], primaryKey: ['id'] },
})

interface Spot {
  readonly floor: number
  readonly type: string
  readonly vehicle: string | null
  readonly note?: string
  readonly features?: readonly string[]
}

const garages = mapping({ from: 'config', table: 'garages', columns: { id: id.uuid(), name: field('name').text() } })
const floors = mapping<{ floors: { number: number }[] }, { number: number }>({
  from: 'config',
  each: 'floors',
  table: 'floors',
  key: (floor) => floor.number,
  columns: { garage_id: parent(), number: item('number').integer(), position: index() },
})
const spots = mapping<Spot>({
  from: 'spots',
  table: 'spots',
  where: (spot) => spot.type !== 'ghost',
  columns: (c) => ({
    id: c.id.uuid(),
    code: c.key().text(),
    ...c.references('floors', (spot) => ['default', spot.floor], { floor_garage: 'garage_id', floor_number: 'number' }),
    type_id: c.lookup('types', { code: 'type' }),
    vehicle_id: c.reference('vehicles', 'vehicle', { missing: 'null' }).optional(),
    note: c.field('note').text().optional(),
  }),
})
const vehicles = mapping({
  from: 'vehicles',
  table: 'vehicles',
  columns: { id: id.integer(), plate: key().text(), spot_id: reference('spots', 'spot', { missing: 'null' }).optional() },
})
const world: PipelineWorld = { tables, mappings: { garages, floors, spots, vehicles } }

const spot = (more: Partial<Spot> & Record<string, unknown> = {}) => ({ floor: 1, type: 'compact', vehicle: null, ...more })
const floorRow = { found: { garage_id: 'g', number: 1 } } as const
const types = { types: [{ id: 7, code: 'compact' }] }

async function run(
  pipeline: ReturnType<typeof pipelineOf>,
  collections: Collections,
  more: { from: string; each?: string[]; resolver?: FakeResolver },
) {
  const resolver = more.resolver ?? new FakeResolver()
  return tell(pipeline, await pipeline.transform(await itemsOf(collections, more.from, more.each), resolver))
}

describe('compilePipeline', () => {
  it('makes a row of every item, or a reject, or filters it', async () => {
    const pipeline = pipelineOf(world, 'spots')
    const resolver = new FakeResolver(
      {
        floors: [
          [['default', 1], floorRow],
          [['default', 2], 'rejected'],
        ],
      },
      types,
    )
    const collections = {
      spots: [
        ['A', spot({ note: '' })],
        ['B', spot({ type: 'ghost' })],
        ['C', spot({ floor: 2 })],
        ['D', spot({ floor: 9 })],
        ['E', spot({ type: 'unknown' })],
        ['F', spot({ note: 5 as never })],
        ['G', spot()],
      ],
    } as const
    const told = await run(pipeline, collections, { from: 'spots', resolver })
    expect(told.rows.map((row) => [row.code, row.floor_garage, row.floor_number, row.type_id, row.note])).to.deep.equal([
      ['A', 'g', 1, 7, ''],
      ['G', 'g', 1, 7, null],
    ])
    expect(told.rejects).to.deep.equal([
      '2 reference PARENT_REJECTED /columns/floor_garage',
      '3 reference MISSING_REFERENCE /columns/floor_garage',
      '4 reference MISSING_LOOKUP /type',
      '5 transform TYPE /note',
    ])
    expect(told.filtered).to.equal(1)
    expect(resolver.calls, 'one question per parent for the whole batch').to.deep.equal(['references floors 5', 'lookups types 3'])
  })

  it('keeps the whole item in its reject, and leaves the parent out of the budget', async () => {
    const pipeline = pipelineOf(world, 'spots')
    const value = spot({ floor: 2, extra: [1] })
    const items = await itemsOf({ spots: [['C', value]] }, 'spots')
    const { rejects } = await pipeline.transform(items, new FakeResolver({ floors: [[['default', 2], 'rejected']] }, types))
    expect(rejects[0]).to.deep.include({ mapping: 'spots', key: 'C', value, budgeted: false, ordinal: 0 })
  })

  it('gives the same uuid for the same key, in every pipeline, and another for another type of key', async () => {
    const make = async (keys: (string | number)[]) => {
      const told = await run(pipelineOf(world, 'garages'), { config: keys.map((one) => [one, { name: 'x' }] as const) }, { from: 'config' })
      return told.rows.map((row) => row.id)
    }
    const [text, number] = await make(['1', 1])
    expect(text).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(text).to.not.equal(number)
    expect(await make(['1'])).to.deep.equal([text])
  })

  it('counts integer ids from the base by place, whatever was rejected or filtered', async () => {
    const pipeline = pipelineOf({ ...world, idBase: 100n }, 'vehicles')
    const told = await run(
      pipeline,
      {
        vehicles: [
          ['P1', {}],
          [2, {}],
          ['P3', {}],
        ],
      },
      { from: 'vehicles' },
    )
    expect(told.rows.map((row) => [row.id, row.plate])).to.deep.equal([
      [100, 'P1'],
      [102, 'P3'],
    ])
    expect(told.rejects).to.deep.equal(['1 transform TYPE /columns/plate'])
  })

  it('nulls a missing parent where declared, and counts it by column', async () => {
    const pipeline = pipelineOf(world, 'vehicles')
    const told = await run(
      pipeline,
      {
        vehicles: [
          ['P1', { spot: 'gone' }],
          ['P2', { spot: null }],
          ['P3', { spot: 'S' }],
        ],
      },
      {
        from: 'vehicles',
        resolver: new FakeResolver({ spots: [['S', { found: { id: 'uuid-of-s' } }]] }),
      },
    )
    expect(told.rows.map((row) => row.spot_id)).to.deep.equal([null, null, 'uuid-of-s'])
    expect(told.nulled).to.deep.equal({ spot_id: 1 })
  })

  it('gives each item its parent, its index and a key of its own', async () => {
    const collections = { config: [['default', { name: 'G', floors: [{ number: 5 }, { number: 6 }] }]] } as const
    const pipeline = pipelineOf(world, 'floors')
    const resolver = new FakeResolver({ garages: [['default', { found: { id: 'g-uuid' } }]] })
    const batch = await pipeline.transform(await itemsOf(collections, 'config', ['floors']), resolver)
    expect(batch.rows.map(({ key: own, row }) => [own, row])).to.deep.equal([
      [
        ['default', 5],
        ['g-uuid', 5, 0],
      ],
      [
        ['default', 6],
        ['g-uuid', 6, 1],
      ],
    ])
  })

  it('finds the parent under the key its own mapping makes, two levels up and one', async () => {
    const nested: PipelineWorld = {
      tables: sketchTables({
        a: { columns: ['id text'], primaryKey: ['id'] },
        b: { columns: ['id text', 'a text'], primaryKey: ['id'] },
        c: { columns: ['id text', 'b text'], primaryKey: ['id'] },
      }),
      mappings: {
        a: mapping<{ code: string }>({ from: 'm', table: 'a', key: (record) => record.code, columns: { id: key().text() } }),
        b: mapping<unknown, { name: string }>({
          from: 'm',
          each: 'bs',
          table: 'b',
          key: (one) => one.name,
          columns: { id: key(1).text(), a: parent({ column: 'id' }) },
        }),
        c: mapping<unknown, string>({ from: 'm', each: 'bs.cs', table: 'c', columns: { id: item().text(), b: parent() } }),
      },
    }
    const collections = {
      m: [
        [
          1,
          {
            code: 'X',
            bs: [
              { name: 'one', cs: ['p'] },
              { name: 'two', cs: new Set(['q']) },
            ],
          },
        ],
      ],
    } as const
    const resolver = new FakeResolver({
      a: [['X', { found: { id: 'X' } }]],
      b: [
        [[1, 'one'], { found: { id: 'one' } }],
        [[1, 'two'], { found: { id: 'two' } }],
      ],
    })
    expect((await run(pipelineOf(nested, 'b'), collections, { from: 'm', each: ['bs'], resolver })).rows).to.deep.equal([
      { id: 'one', a: 'X' },
      { id: 'two', a: 'X' },
    ])
    expect((await run(pipelineOf(nested, 'c'), collections, { from: 'm', each: ['bs', 'cs'], resolver })).rows).to.deep.equal([
      { id: 'p', b: 'one' },
      { id: 'q', b: 'two' },
    ])
  })

  it('rejects unreadable places, texts that do not decode, records against the schema and functions that throw', async () => {
    const strict: PipelineWorld = {
      tables,
      mappings: {
        values: mapping<{ v: string; w?: { deep: number } }>({
          from: 'values',
          table: 'values',
          decode: 'json',
          schema: { type: 'object', properties: { v: { type: 'string' } }, required: ['v'] },
          where: (value) => value.v !== 'skip',
          columns: {
            id: key().text(),
            value: computed((value: { v: string; w?: { deep: number } }) => `${value.v}${value.w?.deep.toFixed(1)}`).text(),
          },
        }),
      },
    }
    const collections: Collections = {
      values: [
        { key: 'a', value: '{"v":"x","w":{"deep":1}}' },
        { unreadable: { raw: '{', reason: 'line 2 is not JSON' } },
        { key: 'c', value: '{"v":' },
        { key: 'd', value: '{"v":5}' },
        { key: 'e', value: '{"v":"x","w":{"deep":"no"}}' },
        { key: 'f', value: '{"v":"skip"}' },
        { key: 'g', value: 'null' },
      ],
    }
    const pipeline = pipelineOf(strict, 'values')
    const told = await run(pipeline, collections, { from: 'values' })
    expect(told.rows).to.deep.equal([{ id: 'a', value: 'x1.0' }])
    expect(told.rejects).to.deep.equal([
      '1 extract UNREADABLE ',
      '2 extract DECODE ',
      '3 validate SCHEMA /v',
      '4 transform COMPUTE /columns/value',
      '6 transform COMPUTE ',
    ])
    const again = await pipeline.transform(await itemsOf(collections, 'values'), new FakeResolver())
    expect(again.rejects.map((reject) => reject.raw ?? reject.value)).to.include('{')
    expect(JSON.stringify(again.rejects.map((reject) => reject.reason))).to.not.contain('no"')
  })

  it('throws for a missing parent under stop', async () => {
    const stopping: PipelineWorld = {
      tables,
      mappings: {
        garages,
        values: mapping({
          from: 'v',
          table: 'values',
          columns: { id: key().text(), value: reference('garages', 'g', { missing: 'stop' }) },
        }),
      },
    }
    const outcome = run(pipelineOf(stopping, 'values'), { v: [['a', { g: 'gone' }]] }, { from: 'v' })
    const error = await outcome.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(isFerryError(error, 'FERRY_TRANSFORM_MISSING_REFERENCE')).to.equal(true)
  })

  it('is pure: the same batch gives the same rows and rejects', async () => {
    const resolver = () => new FakeResolver({ floors: [[['default', 1], floorRow]] }, types)
    const collections = {
      spots: [
        ['A', spot()],
        ['B', spot({ floor: 3 })],
      ],
    } as const
    const pipeline = pipelineOf(world, 'spots')
    const first = await run(pipeline, collections, { from: 'spots', resolver: resolver() })
    expect(await run(pipeline, collections, { from: 'spots', resolver: resolver() })).to.deep.equal(first)
    expect(await run(pipelineOf(world, 'spots'), collections, { from: 'spots', resolver: resolver() })).to.deep.equal(first)
  })

  it('does not read what every object inherits', async () => {
    const inherited: PipelineWorld = {
      tables,
      mappings: {
        values: mapping({ from: 'v', table: 'values', columns: { id: key().text(), value: field('constructor').text().optional() } }),
      },
    }
    const told = await run(
      pipelineOf(inherited, 'values'),
      {
        v: [
          ['a', {}],
          ['b', { constructor: 'own' }],
        ],
      },
      { from: 'v' },
    )
    expect(told.rows.map((row) => row.value)).to.deep.equal([null, 'own'])
  })

  it('refuses a definition that does not fit the table', () => {
    const wrong = (columns: Parameters<typeof mapping>[0]['columns'], more: object = {}) =>
      pipelineOf({ tables, mappings: { garages, floors, v: mapping({ from: 'v', table: 'values', columns, ...more }) } }, 'v')
    const cases: [() => unknown, string][] = [
      [() => wrong({ id: key().text(), nope: field('x').text() }), 'FERRY_DEFINITION_UNKNOWN_COLUMN'],
      [() => wrong({ value: field('x').text() }), 'FERRY_DEFINITION_INVALID'],
      [() => wrong({ id: key().text() }, { schema: { type: 'objct' } }), 'FERRY_DEFINITION_INVALID'],
      [() => wrong({ id: key().text(), value: reference('floors', 'f') }), 'FERRY_DEFINITION_INVALID'],
      [() => wrong({ id: key().text(), value: lookup('nowhere', { a: 'b' }) }), 'FERRY_DEFINITION_UNKNOWN_TABLE'],
      [() => wrong({ id: key().text(), value: lookup('types', { nope: 'b' }) }), 'FERRY_DEFINITION_UNKNOWN_COLUMN'],
      [() => wrong({ id: reference('garages', 'g', { missing: 'null' }) }), 'FERRY_DEFINITION_INVALID'],
      [() => wrong({ id: key().text(), value: field('x').timestamp({ zone: 'Mars/Olympus' }) }), 'FERRY_DEFINITION_INVALID'],
      [() => wrong({ id: key().text(), value: field('x').timestamp({ zone: 'local' }) }), 'FERRY_DEFINITION_INVALID'],
      [() => wrong({ id: key().text(), ...references('floors', 'f', { value: 'nope' }) }), 'FERRY_DEFINITION_UNKNOWN_COLUMN'],
    ]
    for (const [act, code] of cases) {
      let error: unknown
      try {
        act()
      } catch (thrown) {
        error = thrown
      }
      expect(isFerryError(error) ? error.code : error, String(act)).to.equal(code)
    }
  })

  it('rejects what a column cannot take, and never a constant that fits', async () => {
    const told = await run(
      pipelineOf(
        {
          tables,
          mappings: { v: mapping({ from: 'v', table: 'values', columns: { id: field('id').text(), value: constant('x').text() } }) },
        },
        'v',
      ),
      {
        v: [
          ['a', { id: '\ud800' }],
          ['b', { id: null }],
          ['c', { id: 'ok' }],
        ],
      },
      { from: 'v' },
    )
    expect(told.rows).to.deep.equal([{ id: 'ok', value: 'x' }])
    expect(told.rejects).to.deep.equal(['0 transform ENCODING /id', '1 transform ABSENT /id'])
  })
})

describe('the patch of a cycle', () => {
  const cyclic: PipelineWorld = { tables, mappings: { garages, floors, spots, vehicles } }

  it('is left out of the load, which writes every other column', () => {
    expect(pipelineOf(cyclic, 'spots').step.columns).to.not.include('vehicle_id')
  })

  it('gives primary keys and links of the rows that stand, and an open link where the parent was rejected', async () => {
    const pipeline = pipelineOf(cyclic, 'spots', 'patch')
    const stands = (own: string) => [own, { found: { id: `uuid-${own}` } }] as const
    const resolver = new FakeResolver({
      spots: [stands('A'), stands('B'), stands('C'), stands('D'), ['E', 'rejected']],
      vehicles: [
        ['V1', { found: { id: 11 } }],
        ['V2', 'rejected'],
      ],
    })
    const collections = {
      spots: [
        ['A', spot({ vehicle: 'V1' })],
        ['B', spot()],
        ['C', spot({ vehicle: 'V2' })],
        ['D', spot({ vehicle: 'gone' })],
        ['E', spot({ vehicle: 'V1' })],
        ['F', spot({ type: 'ghost', vehicle: 'V1' })],
      ],
    } as const
    const told = await run(pipeline, collections, { from: 'spots', resolver })
    expect(told).to.deep.equal({
      rows: [{ id: 'uuid-A', vehicle_id: 11 }],
      rejects: ['2 link OPEN_LINK /vehicle'],
      filtered: 4,
      nulled: { vehicle_id: 1 },
    })
  })

  it('rejects a missing key of a required link while loading', async () => {
    const required = mapping<Spot>({
      from: 'spots',
      table: 'spots',
      columns: (c) => ({
        id: c.id.uuid(),
        code: c.key().text(),
        floor_garage: c.constant('00000000-0000-5000-8000-000000000000').uuid(),
        floor_number: c.constant(1).integer(),
        type_id: c.constant(1).integer(),
        vehicle_id: c.reference('vehicles', 'vehicle'),
      }),
    })
    const told = await run(
      pipelineOf({ tables, mappings: { spots: required, vehicles } }, 'spots'),
      {
        spots: [
          ['A', spot()],
          ['B', spot({ vehicle: 'V' })],
        ],
      },
      { from: 'spots' },
    )
    expect(told.rejects).to.deep.equal(['0 transform ABSENT /vehicle'])
    expect(told.rows.length).to.equal(1)
  })
})

describe('a cycle of NOT NULL columns', () => {
  it('computes the parent it cannot look up yet', async () => {
    const link = (from: string, to: string) => mapping({ from, table: from, columns: { id: key().text(), next_id: reference(to, 'next') } })
    const sketch = { columns: ['id text', 'next_id text'], primaryKey: ['id'] }
    const ring: PipelineWorld = { tables: sketchTables({ a: sketch, b: sketch }), mappings: { a: link('a', 'b'), b: link('b', 'a') } }
    const resolver = new FakeResolver()
    const told = await run(pipelineOf(ring, 'a'), { a: [['k', { next: 'later' }]] }, { from: 'a', resolver })
    expect(told.rows).to.deep.equal([{ id: 'k', next_id: 'later' }])
    expect(resolver.calls).to.deep.equal([])
  })
})
