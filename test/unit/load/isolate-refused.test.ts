import { assert } from 'chai'
import fc from 'fast-check'
import { isolateRefused } from '../../../src/load/isolate-refused.ts'

/** A table that takes each number once, and none of `bad`; how a part's refusal is named. */
function openTable(bad: ReadonlySet<number>, names: 'right' | 'wrong' | 'nothing') {
  const held = new Set<number>()
  const order: number[] = []
  let sent = 0
  return {
    held,
    order,
    sent: () => sent,
    write: async (part: readonly number[]) => {
      sent += part.length
      const seen = new Set(held)
      const at = part.findIndex((value) => bad.has(value) || seen.has(value) || !seen.add(value))
      if (at === -1) {
        for (const value of part) held.add(value)
        order.push(...part)
        return undefined
      }
      const row = { right: at + 1, wrong: part.length, nothing: undefined }[names]
      return { kind: 'constraint', rule: 'check', ...(row === undefined ? {} : { row }) } as const
    },
  }
}

describe('rows of which some are refused', () => {
  it('come to what they come to one by one, however the refusal is named', async () => {
    const names = fc.constantFrom('right', 'wrong', 'nothing' as const)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(400), { maxLength: 500 }), fc.array(fc.nat(400)), names, async (rows, bad, named) => {
        const expected = openTable(new Set(bad), 'nothing')
        const refused: number[] = []
        for (const row of rows) if ((await expected.write([row])) !== undefined) refused.push(row)
        const table = openTable(new Set(bad), named as 'right')
        const found = await isolateRefused(rows, table.write)
        assert.deepEqual(
          found.map(({ row }) => row),
          refused,
        )
        assert.deepEqual(table.order, expected.order)
      }),
    )
  })

  for (const named of ['right', 'nothing'] as const) {
    it(`are not all sent again for each of them (named: ${named})`, async () => {
      const rows = Array.from({ length: 5000 }, (_, n) => n)
      const odd = openTable(new Set(rows.filter((n) => n % 2 === 1)), named)
      assert.lengthOf(await isolateRefused(rows, odd.write), 2500)
      assert.isBelow(odd.sent(), 40 * rows.length)
      const one = openTable(new Set([4000]), named)
      assert.lengthOf(await isolateRefused(rows, one.write), 1)
      assert.isBelow(one.sent(), 4 * rows.length)
    })
  }
})
