import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { inTurns } from '../../../src/core/in-turns.ts'

describe('core/in-turns', () => {
  it('begins a call when those before are done, also where one fails', async () => {
    const events: string[] = []
    const work = inTurns(async (name: string) => {
      events.push(`begin ${name}`)
      await sleep(name === 'first' ? 10 : 1)
      events.push(`end ${name}`)
      if (name === 'second') throw new Error(name)
      return name
    })
    const [first, second, third] = await Promise.allSettled([work('first'), work('second'), work('third')])
    expect(events).to.deep.equal(['begin first', 'end first', 'begin second', 'end second', 'begin third', 'end third'])
    expect(first).to.deep.equal({ status: 'fulfilled', value: 'first' })
    expect(second.status).to.equal('rejected')
    expect(third).to.deep.equal({ status: 'fulfilled', value: 'third' })
  })
})
