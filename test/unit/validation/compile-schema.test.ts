import { expect } from 'chai'
import { isFerryError } from '../../../src/core/errors.ts'
import { compileSchema } from '../../../src/validation/compile-schema.ts'

const schema = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'string' },
    at: { type: 'string', format: 'date-time' },
    'a/b': { type: ['number', 'null'] },
    list: { type: 'array', items: { enum: ['x'] } },
  },
  additionalProperties: false,
}

describe('compileSchema', () => {
  it('finds the place of the first problem, and never tells the value', () => {
    const find = compileSchema(schema, 'm')
    expect(find({ id: 'a', at: '2025-08-31T10:00:00Z', 'a/b': null, list: ['x'] })).to.equal(undefined)
    const cases: [unknown, string][] = [
      [{ id: 5 }, '/id'],
      [{}, '/id'],
      [{ id: 'a', secret: 1 }, '/secret'],
      [{ id: 'a', at: 'SECRET' }, '/at'],
      [{ id: 'a', 'a/b': 'SECRET' }, '/a~1b'],
      [{ id: 'a', list: ['x', 'SECRET'] }, '/list/1'],
      ['SECRET', ''],
    ]
    for (const [value, pointer] of cases) {
      const problem = find(value)
      expect(problem?.pointer).to.equal(pointer)
      expect(problem?.reason).to.be.a('string').and.not.contain('SECRET')
    }
  })

  it('reads both drafts', () => {
    const find = compileSchema(
      { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'array', prefixItems: [{ type: 'string' }] },
      'm',
    )
    expect(find([5])?.pointer).to.equal('/0')
    expect(compileSchema({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'string' }, 'm')('x')).to.equal(undefined)
  })

  it('refuses what is no schema, naming the mapping', () => {
    for (const wrong of [{ type: 'objct' }, { propertys: {} }, { type: 'object', properties: { a: { format: 'no-such-format' } } }]) {
      expect(() => compileSchema(wrong, 'mapping "spots"'))
        .to.throw(/mapping "spots"/)
        .that.satisfies((error: unknown) => isFerryError(error, 'FERRY_DEFINITION_INVALID'))
    }
  })
})
