import { expect } from 'chai'
import fc from 'fast-check'
import { parseKey, renderKey } from '../../../src/core/canonical-value.ts'
import type { Key } from '../../../src/core/record.ts'
import { ValueProblem } from '../../../src/core/row.ts'
import { constant, field, id, key } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import { type MappingDefinition, mapping } from '../../../src/definition/transfer-input.ts'
import { dialect } from '../../../src/target/dialects/sqlite.ts'
import { compilePkFromKey } from '../../../src/transform/derive-pk.ts'
import { FakeResolver, itemsOf, pipelineOf } from '../../support/pipeline-world.ts'
import { sketchTables } from '../../support/tables.ts'

const tables = sketchTables({
  one: { columns: ['id text'], primaryKey: ['id'] },
  two: { columns: ['a text', 'b integer', 'c text'], primaryKey: ['b', 'a'] },
})

function derive(definition: MappingDefinition) {
  const transfer = defineTransfer({ name: 'test', target: {}, mappings: { m: definition } })
  return compilePkFromKey({ transfer, mapping: 'm', tables, dialect })
}

const one = (column: MappingDefinition['columns'][string], more: object = {}) =>
  derive(mapping({ from: 'm', table: 'one', columns: { id: column }, ...more }))

const keys: fc.Arbitrary<Key> = fc.letrec<{ key: Key }>((tie) => ({
  key: fc.oneof(
    { maxDepth: 2 },
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.bigInt(),
    fc.array(tie('key'), { minLength: 1, maxLength: 3 }),
  ),
})).key

describe('compilePkFromKey', () => {
  it('computes what the load writes', async () => {
    const definition = mapping({ from: 'm', table: 'one', columns: { id: id.uuid() } })
    const batch = await pipelineOf({ tables, mappings: { m: definition } }, 'm').transform(
      await itemsOf(
        {
          m: [
            ['k', {}],
            [7, {}],
          ],
        },
        'm',
      ),
      new FakeResolver(),
    )
    const compute = derive(definition)
    expect(batch.rows.map(({ key: own }) => compute?.(own))).to.deep.equal(batch.rows.map(({ row }) => row))
  })

  it('gives different keys different uuids', () => {
    const compute = one(id.uuid())
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        const same = renderKey(a) === renderKey(b)
        expect(String(compute?.(a)) === String(compute?.(b))).to.equal(same)
        expect(renderKey(parseKey(renderKey(a)))).to.equal(renderKey(a))
      }),
    )
  })

  it('orders composite parts as the primary key does', () => {
    const compute = derive(
      mapping({ from: 'm', each: '.', table: 'two', columns: { a: key(0).text(), b: key(1).integer(), c: constant('x').text() } }),
    )
    expect(compute?.(['left', 5])).to.deep.equal([5, 'left'])
  })

  it('says why a key cannot be a primary key', () => {
    expect(one(key().text())?.(5)).to.be.instanceOf(ValueProblem)
    expect(one(key(1).text())?.('plain')).to.be.instanceOf(ValueProblem)
  })

  it('takes the type of a kept key from the column', () => {
    expect(one(id.keep())?.('k')).to.deep.equal(['k'])
  })

  it('is undefined where it takes the record or the database', () => {
    expect(one(id.integer())).to.equal(undefined)
    expect(one(field('id').text())).to.equal(undefined)
    expect(one(id.uuid(), { conflict: 'skip' })).to.equal(undefined)
  })
})
