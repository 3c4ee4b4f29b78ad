import { assert } from 'chai'
import fc from 'fast-check'
import { FerryError } from '../../../src/core/errors.ts'
import { editJson } from '../../../src/switch/edit-json.ts'

const CASES: readonly { name: string; before: string; set: Record<string, string | number | boolean | null>; after: string }[] = [
  {
    name: 'a nested value',
    before: '{\n  "storage": { "driver": "memory" }\n}\n',
    set: { 'storage.driver': 'sqlite' },
    after: '{\n  "storage": { "driver": "sqlite" }\n}\n',
  },
  {
    name: 'comments and trailing commas',
    before: '{\n  // which\n  "s": "m", /* x */\n}\n',
    set: { s: 'sqlite' },
    after: '{\n  // which\n  "s": "sqlite", /* x */\n}\n',
  },
  { name: 'odd spacing', before: '{ "a" :1 ,\t"s":\t"m" }', set: { s: 'x' }, after: '{ "a" :1 ,\t"s":\t"x" }' },
  { name: 'one line, a new name', before: '{"a":1}', set: { s: 'x' }, after: '{"a":1,"s": "x"}' },
  { name: 'a new name', before: '{\n    "a": 1\n}\n', set: { s: true }, after: '{\n    "a": 1,\n    "s": true\n}\n' },
  {
    name: 'a new name, tabs and CRLF',
    before: '{\r\n\t"a": 1\r\n}\r\n',
    set: { s: null },
    after: '{\r\n\t"a": 1,\r\n\t"s": null\r\n}\r\n',
  },
  { name: 'objects on the way', before: '{\n  "a": 1\n}', set: { 'b.c': 5 }, after: '{\n  "a": 1,\n  "b": {\n    "c": 5\n  }\n}' },
  {
    name: 'a name with a dot',
    before: '{ "storage.driver": "m", "storage": {} }',
    set: { 'storage.driver': 'x' },
    after: '{ "storage.driver": "x", "storage": {} }',
  },
  { name: 'given twice: the last', before: '{ "s": 1, "s": 2 }', set: { s: 3 }, after: '{ "s": 1, "s": 3 }' },
  { name: 'in a list', before: '{ "dbs": [ { "c": "m" } ] }', set: { 'dbs.0.c': 'x' }, after: '{ "dbs": [ { "c": "x" } ] }' },
  { name: 'a byte order mark', before: '\uFEFF{ "s": 1 }', set: { s: 2 }, after: '\uFEFF{ "s": 2 }' },
  { name: 'what is set already', before: '{ "s": 1e0 }', set: { s: 1 }, after: '{ "s": 1e0 }' },
  {
    name: 'large numbers elsewhere',
    before: '{ "n": 12345678901234567890, "s": 1 }',
    set: { s: 2 },
    after: '{ "n": 12345678901234567890, "s": 2 }',
  },
]

describe('editJson', () => {
  for (const { name, before, set, after } of CASES) it(`changes nothing else: ${name}`, () => assert.equal(editJson(before, set), after))

  it('refuses what is no object, cut, or leads through a value', () => {
    const refused: [string, Record<string, number>][] = [
      ['[1]', { s: 1 }],
      ['{ "s": ', { s: 1 }],
      ['', { s: 1 }],
      ['{ "s": "text" }', { 's.driver': 1 }],
      ['{ "s": { "driver": 1 } }', { s: 1 }],
      ['{ "s": [1] }', { 's.x': 1 }],
    ]
    for (const [text, set] of refused) assert.throws(() => editJson(text, set), FerryError, undefined, text)
  })

  it('gives the object with that one value set, whatever else is in it', () => {
    const names = fc.constantFrom('a', 'b', 'long name', '__proto__', 'é')
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), fc.constantFrom(0, 2, '\t'), fc.string(), (object, space, value) => {
        const before = JSON.stringify(object, null, space)
        const after = editJson(before, { storage: value })
        assert.deepEqual(JSON.parse(after), { ...JSON.parse(before), storage: value })
        assert.equal(editJson(after, { storage: value }), after)
      }),
    )
  })
})
