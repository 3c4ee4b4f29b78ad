import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { countPacked } from '../../support/count-packed.ts'
import { beforeEachCrowd } from '../../support/crowd-run.ts'
import { forEachEngine } from '../../support/engines.ts'

const PEOPLE = 3000
/** Rows a second: the thread hashes the source before it packs, and a run that had all to itself would be at its end by then. */
const THROTTLE = 2000
const BATCHES = { crowd_groups: 12, people: 30 } as const
const AHEAD = {
  definitionFile: fileURLToPath(new URL('../../support/crowd-definition.ts', import.meta.url)),
  workers: 1,
  workersFrom: 1,
} as const

forEachEngine('a run with one thread', (db) => {
  const crowd = beforeEachCrowd(db)
  beforeEach(() => crowd().write(PEOPLE, PEOPLE * 2))
  const start = (options: { readonly skipValidation: boolean; readonly throttle?: number }) => {
    const counted = countPacked(db().target)
    return { counted, done: startTransfer({ transfer: crowd().define(), target: counted.target, noBackup: true, ...AHEAD, ...options }) }
  }

  it('packs batches beside it in its own, each of them once', async function () {
    this.timeout(60_000)
    const { counted, done } = start({ skipValidation: true, throttle: THROTTLE })
    const result = await done
    expect(result.status, JSON.stringify(result.error)).to.equal('completed_with_rejects')
    expect(counted.count()).to.equal(BATCHES.crowd_groups + BATCHES.people)
    expect(crowd().looked(), 'people that the thread has looked at').to.be.within(1, PEOPLE - 100)
    expect(existsSync(join(result.folder, 'workers'))).to.equal(false)
  })

  it('holds no connection of its own open after its end', async function () {
    this.timeout(60_000)
    const { file } = db().target
    if (file === undefined || !existsSync('/proc/self/fd')) return this.skip()
    const { done } = start({ skipValidation: false })
    await done
    await db().target.close()
    const open = readdirSync('/proc/self/fd').flatMap((handle) => {
      try {
        return readlinkSync(join('/proc/self/fd', handle))
      } catch {
        return []
      }
    })
    expect(open.filter((path) => path.startsWith(file) || path.startsWith(crowd().folder))).to.deep.equal([])
  })
})
