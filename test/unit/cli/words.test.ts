import { expect } from 'chai'
import fc from 'fast-check'
import { parseBudget } from '../../../src/cli/read-pace.ts'
import { renderJson } from '../../../src/cli/render-json.ts'
import { suggestName } from '../../../src/cli/suggest-name.ts'
import { isFerryError } from '../../../src/core/errors.ts'

describe('suggestName', () => {
  const names = ['plan', 'transfer', 'resume', 'retry', 'status', 'rollback', 'batch-rows']
  for (const [typed, meant] of [
    ['trasnfer', 'transfer'],
    ['pln', 'plan'],
    ['stauts', 'status'],
    ['roll', 'rollback'],
    ['Batch-Row', 'batch-rows'],
    ['frobnicate', undefined],
    ['x', undefined],
  ] as const) {
    it(`takes ${typed} for ${meant ?? 'nothing'}`, () => {
      expect(suggestName(typed, names)).to.equal(meant)
    })
  }

  it('finds every name that lost, doubled or swapped one letter', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('transfer', 'resume', 'status', 'rollback'),
        fc.nat(20),
        fc.constantFrom('lose', 'double', 'swap'),
        (name, seed, how) => {
          const at = seed % (name.length - 1)
          const [a = '', b = ''] = [name[at], name[at + 1]]
          const typed = name.slice(0, at) + (how === 'lose' ? b : how === 'double' ? a + a + b : b + a) + name.slice(at + 2)
          expect(suggestName(typed, names)).to.equal(name)
        },
      ),
    )
  })
})

describe('parseBudget', () => {
  it('reads counts and shares', () => {
    expect(['0', '12', '1%', '0.5 %', '100%'].map(parseBudget)).to.deep.equal([
      { count: 0 },
      { count: 12 },
      { share: 0.01 },
      { share: 0.005 },
      { share: 1 },
    ])
  })

  for (const text of ['', '-1', '1.5', 'many', '101%', '%', '1e3', '0x10']) {
    it(`refuses '${text}'`, () => {
      expect(() => parseBudget(text))
        .to.throw()
        .and.satisfy((error: unknown) => isFerryError(error, 'FERRY_CLI_USAGE'))
    })
  }
})

describe('renderJson', () => {
  it('writes what JSON has no form for', () => {
    const value = { big: 2n ** 70n, map: new Map([['a', 1]]), set: new Set([1]), bytes: new Uint8Array([1, 2]), at: new Date(0) }
    expect(JSON.parse(renderJson(value))).to.deep.equal({
      big: '1180591620717411303424',
      map: [['a', 1]],
      set: [1],
      bytes: 'AQI=',
      at: '1970-01-01T00:00:00.000Z',
    })
  })
})
