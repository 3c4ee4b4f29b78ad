import assert from 'node:assert/strict'
import fc from 'fast-check'
import { assertNoRepeatedMember } from '../../../src/extract/assert-no-repeated-member.ts'
import { JsonProblem } from '../../../src/extract/parse-json-exactly.ts'

const check = (text: string) => assertNoRepeatedMember(text, JSON.parse(text))

describe('assertNoRepeatedMember', () => {
  it('is content with whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2), (text, indent) => check(JSON.stringify(JSON.parse(text), null, indent))),
    )
  })

  it('finds a name that was given once more to any object, and says where', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.json()), { minLength: 1, selector: ([name]) => name })
    fc.assert(
      fc.property(entries, fc.nat(), fc.string(), (members, pick, within) => {
        const [again] = members[pick % members.length] ?? ['']
        const before = `{${JSON.stringify(within)}:[{${members.map(([name, json]) => `${JSON.stringify(name)} : ${json}`).join(',')},`
        const text = `${before}${JSON.stringify(again)}\n: null}]}`
        assert.throws(
          () => check(text),
          (error) => error instanceof JsonProblem && error.message.includes(`at character ${before.length + 1}:`),
        )
      }),
    )
  })

  it('takes two spellings of one name for one name, and one name in two objects for two', () => {
    assert.throws(() => check('{"a":1,"\\u0061":2}'), JsonProblem)
    check('{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":"{\\"a\\":1,\\"a\\":2}"}')
    check('{"__proto__":1,"constructor":2}')
  })
})
