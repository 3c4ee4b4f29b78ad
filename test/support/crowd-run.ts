import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { defineCrowd, makeCrowdTables, writeCrowd } from './crowd.ts'
import type { EngineDatabase } from './engines.ts'

/** A folder for a crowd, whose tables are made. */
export interface CrowdRun {
  readonly folder: string
  define(): ResolvedTransfer
  write(people: number, oddEvery: number): void
  /** People that worker threads have looked at. */
  looked(): number
}

/** Makes one for each test of a suite, known to threads by the environment. */
export function beforeEachCrowd(db: () => EngineDatabase): () => CrowdRun {
  let folder = ''
  const source = () => join(folder, 'source')
  const ferry = () => join(folder, 'ferry')
  const seen = () => join(folder, 'seen')
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-crowd-'))
    writeFileSync(seen(), '')
    process.env.FERRY_CROWD_SOURCE = source()
    process.env.FERRY_CROWD_FOLDER = ferry()
    process.env.FERRY_CROWD_SEEN = seen()
    await makeCrowdTables(db().session)
    await db().session.close()
  })
  afterEach(() => {
    for (const name of ['SOURCE', 'FOLDER', 'SEEN']) delete process.env[`FERRY_CROWD_${name}`]
    rmSync(folder, { recursive: true, force: true })
  })
  return () => ({
    folder,
    define: () => defineCrowd(source(), ferry()),
    write: (people, oddEvery) => writeCrowd(source(), people, oddEvery),
    looked: () => statSync(seen()).size,
  })
}
