import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { renderKey } from '../../../src/core/canonical-value.ts'
import { isUuid } from '../../../src/core/is-uuid.ts'
import { createUuidFromKey } from '../../../src/transform/uuid-from-key.ts'

/** By the steps of RFC 9562, 5.5, one after the other. */
function uuidOf(transfer: string, mapping: string, keyText: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from('6f1c9d0a4b575e839a2e7d3f0c8b61e4', 'hex'))
    .update(`${transfer}\0${mapping}\0${keyText}`)
    .digest()
    .subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) % 16) + 0x50
  bytes[8] = ((bytes[8] ?? 0) % 64) + 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

describe('createUuidFromKey', () => {
  it('gives the uuid v5 of transfer, mapping and key', () => {
    const simple = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer(), fc.bigInt())
    fc.assert(
      fc.property(
        fc.string({ maxLength: 8 }),
        fc.string({ maxLength: 8 }),
        fc.array(simple, { minLength: 1 }),
        (transfer, mapping, keys) => {
          const toUuid = createUuidFromKey(transfer, mapping)
          for (const key of [...keys, keys]) {
            expect(toUuid(key)).to.equal(uuidOf(transfer, mapping, renderKey(key)))
            expect(isUuid(toUuid(key))).to.equal(true)
          }
        },
      ),
    )
  })

  it('gives the same one for ever: rows in databases have it', () => {
    expect(createUuidFromKey('t', 'spots')('x')).to.equal('4eabed16-006a-544a-a297-27e4e46508d8')
  })
})
