import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { RunEvent } from '../../../src/core/events.ts'
import { type Plan, planTransfer } from '../../../src/run/plan-transfer.ts'
import type { TransferOptions } from '../../../src/run/run-options.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { beforeEachCrowd } from '../../support/crowd-run.ts'
import { type EngineDatabase, forEachEngine } from '../../support/engines.ts'
import { expectForecast } from '../../support/forecast-equals.ts'

const PEOPLE = 3000
const SAMPLE = 1000
const fileOf = (name: string) => fileURLToPath(new URL(`../../support/${name}.ts`, import.meta.url))
const AHEAD = { definitionFile: fileOf('crowd-definition'), workers: 2, workersFrom: 1 } as const

/** What each engine shows, and what one is enough for. */
const SUITES = [
  { engines: ['sqlite'], oddEvery: [PEOPLE * 2, 170, 11], more: true },
  { engines: ['postgres', 'mysql'], oddEvery: [170], more: false },
] as const

for (const { engines, oddEvery: mixtures, more } of SUITES)
  forEachEngine('a forecast by threads', (db) => suite(db, mixtures, more), engines)

function suite(db: () => EngineDatabase, mixtures: readonly number[], more: boolean): void {
  const crowd = beforeEachCrowd(db)
  const common = () => ({ transfer: crowd().define(), target: db().target, noBackup: true })
  const plan = (options: Partial<TransferOptions>): Promise<Plan> => planTransfer({ ...common(), ...options })
  const looked = () => crowd().looked()

  for (const oddEvery of mixtures)
    it(`tells what one thread tells, word by word, and what the run does: a record out of the ordinary every ${oddEvery}`, async function () {
      this.timeout(60_000)
      crowd().write(PEOPLE, oddEvery)
      const alone = await plan({ workers: 0 })
      expect(looked()).to.equal(0)
      const ahead = await plan(AHEAD)
      expect(ahead).to.deep.equal(alone)
      // The run's own thread takes a share.
      expect(looked(), 'people that threads have looked at').to.be.within(1, PEOPLE - SAMPLE)
      // What the run then does is the same where its source is no other.
      if (oddEvery !== 170) return
      const run = await startTransfer({ ...common(), ...AHEAD })
      const after = await db().target.openSession()
      await expectForecast(ahead, run, after).finally(() => after.close())
    })

  if (!more) return

  it('does the rest itself when its threads die, and says so', async function () {
    this.timeout(60_000)
    crowd().write(PEOPLE, 170)
    const notices: string[] = []
    const onEvent = (event: RunEvent) => event.type === 'notice' && notices.push(event.text)
    const found = await plan({ ...AHEAD, definitionFile: fileOf('dying-crowd-definition'), onEvent })
    expect(notices.some((text) => text.includes('ended with 7'))).to.equal(true)
    expect(found).to.deep.equal(await plan({ workers: 0 }))
  })

  it('stops when it is told to, with the reason', async function () {
    this.timeout(60_000)
    crowd().write(PEOPLE, 170)
    const controller = new AbortController()
    const timer = setInterval(() => looked() > 0 && controller.abort(new Error('enough')), 1)
    const error: unknown = await plan({ ...AHEAD, signal: controller.signal }).catch((thrown: unknown) => thrown)
    clearInterval(timer)
    expect(String(error)).to.include('enough')
  })
}
