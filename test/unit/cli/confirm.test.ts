import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { confirm } from '../../../src/cli/confirm.ts'
import { openProcessIo } from '../../../src/cli/io.ts'
import { failureOf } from '../../support/failure-of.ts'

describe('confirm', () => {
  const io = { ...openProcessIo({ json: false, verbose: false, noColor: true }), canAsk: true }
  const answer = (typed: string | null) => {
    const input = new PassThrough()
    const output = new PassThrough()
    const asked = confirm(io, 'No backup. Go on?', { yes: false, terminal: { input, output } })
    output.once('data', () => (typed === null ? input.end() : input.write(typed)))
    return asked
  }

  it('takes y and yes for a yes', async () => {
    await answer('y\r')
    await answer(' YES \r')
  })

  for (const typed of ['n\r', '\r', 'yeah\r']) {
    it(`takes ${JSON.stringify(typed)} for a no: FERRY_CLI_USAGE`, async () => {
      expect(await failureOf(answer(typed))).to.include({ code: 'FERRY_CLI_USAGE', exitCode: 2 })
    })
  }

  for (const [name, typed] of [
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
    ['an end of input', null],
  ] as const) {
    it(`ends at ${name} with FERRY_RUN_INTERRUPTED, exit code 130`, async () => {
      expect(await failureOf(answer(typed))).to.include({ code: 'FERRY_RUN_INTERRUPTED', exitCode: 130 })
    })
  }
})
