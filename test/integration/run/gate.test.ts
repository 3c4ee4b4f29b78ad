import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { RunEvent } from '../../../src/core/events.ts'
import { computed, id, key } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import { mapping } from '../../../src/definition/transfer-input.ts'
import { findReport } from '../../../src/run/find-report.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { SnapshotSource } from '../../../src/snapshot/snapshot-source.ts'
import { watchReads } from '../../support/watch-reads.ts'
import { forEachWorld, type WorldRun } from '../../support/world-run.ts'

/** Teams with a name that comes of `nameOf`. */
const named = ({ snapshot, common }: WorldRun, nameOf: () => string, batchRows = 10) => ({
  ...common,
  transfer: defineTransfer({
    name: 'named',
    source: new SnapshotSource(snapshot),
    target: {},
    batchRows,
    folder: common.transfer.folder,
    mappings: {
      teams: mapping({
        from: 'teams',
        table: 'teams',
        columns: { id: id.uuid(), code: key().text(), name: computed(nameOf).text() },
      }),
    },
  }),
})

function whenVerifying(work: () => void): (event: RunEvent) => void {
  return (event) => {
    if (event.type === 'phase:started' && event.phase === 'verify') work()
  }
}

function changeContent(snapshot: string): void {
  writeFileSync(snapshot, readFileSync(snapshot, 'utf8').replaceAll('example.org', 'example.net'))
}

// The source's last look at by a thread, while indexes are built.
forEachWorld('verification of what threads have loaded', { teams: 24, engines: ['sqlite'] }, (run) => {
  const start = async (onEvent: (event: RunEvent) => void) => {
    process.env.FERRY_WORLD_SNAPSHOT = run().snapshot
    process.env.FERRY_WORLD_FOLDER = join(run().folder, 'ferry')
    const definitionFile = fileURLToPath(new URL('../../support/world-definition.ts', import.meta.url))
    const { source, asked } = watchReads(run().snapshot)
    const result = await startTransfer({
      ...run().common,
      target: run().db.target,
      source,
      definitionFile,
      workers: 1,
      workersFrom: 1,
      onEvent,
    })
    const { verification } = (await findReport({ ...run().common, target: run().db.target, runId: result.runId })).data
    return { result, verification, hashed: asked.filter((name) => name === 'fingerprint').length }
  }

  it('has the fingerprint that one of them has made', async () => {
    const { result, verification, hashed } = await start(() => {})
    expect(result.status, JSON.stringify(result.error)).to.equal('completed_with_rejects')
    expect(verification).to.include({ basis: 'load', passed: true })
    expect(hashed).to.equal(1)
  }).timeout(60_000)

  it('makes it anew where somebody has written to the source since', async () => {
    const { result, hashed } = await start(whenVerifying(() => changeContent(run().snapshot)))
    expect(result).to.include({ status: 'failed' })
    expect(result.error?.code).to.be.oneOf(['FERRY_VERIFY_DIFFERENT', 'FERRY_SNAPSHOT_INVALID'])
    expect(hashed).to.be.above(1)
  }).timeout(60_000)
})

forEachWorld('verification before a run is called complete', { teams: 24, engines: ['sqlite'] }, (run) => {
  const verificationOf = async (runId: string, options: ReturnType<typeof named>) =>
    (await findReport({ ...options, runId })).data.verification

  it('compares with what the load has made of the source', async () => {
    const options = named(run(), () => 'same')
    const result = await startTransfer(options)
    expect(result).to.include({ status: 'completed' })
    expect(await verificationOf(result.runId, options)).to.include({ basis: 'load', passed: true })
  })

  it('reads the source again after an interruption', async () => {
    const options = named(run(), () => 'same')
    const controller = new AbortController()
    const stopped = await startTransfer({
      ...options,
      signal: controller.signal,
      onEvent: (event) => event.type === 'batch:committed' && controller.abort(),
    })
    expect(stopped.exitCode).to.equal(130)
    const result = await resumeTransfer(options)
    expect(result).to.include({ status: 'completed' })
    expect(await verificationOf(result.runId, options)).to.include({ basis: 'source', passed: true })
  })

  it('never passes a column that gives another value each time', async () => {
    let calls = 0
    const options = named(run(), () => {
      calls += 1
      return `call ${calls}`
    })
    const result = await startTransfer({ ...options, skipValidation: true })
    expect(result).to.include({ status: 'failed' })
    expect(result.error?.code).to.equal('FERRY_VERIFY_DIFFERENT')
    expect(await verificationOf(result.runId, options)).to.include({ basis: 'source', passed: false })
  })

  it('never passes a source that was written to after it was loaded', async () => {
    const { snapshot } = run()
    const options = named(run(), () => 'same')
    const result = await startTransfer({ ...options, onEvent: whenVerifying(() => changeContent(snapshot)) })
    expect(result).to.include({ status: 'failed' })
    expect(result.error?.code).to.be.oneOf(['FERRY_VERIFY_DIFFERENT', 'FERRY_SNAPSHOT_INVALID'])
  })
})

forEachWorld('verification of a batch that is looked at in part', { teams: 1300, engines: ['sqlite'] }, (run) => {
  const nameOf = (name: (call: number) => string) => {
    let calls = 0
    return () => {
      calls += 1
      return name(calls)
    }
  }
  const basisOf = async (name: () => string) => {
    const options = named(run(), name, 5000)
    const { runId } = await startTransfer({ ...options, skipValidation: true })
    return (await findReport({ ...options, runId })).data.verification
  }

  it('takes what comes out as it was written', async () => {
    expect(await basisOf(() => 'same')).to.include({ basis: 'load', passed: true })
  })

  it('reads all of the source where one row does not', async () => {
    expect(await basisOf(nameOf((call) => (call === 1300 + 500 ? 'other' : 'same')))).to.include({ basis: 'source' })
  })

  it('reads all of the source where no row does', async () => {
    expect(await basisOf(nameOf((call) => `call ${call}`))).to.include({ basis: 'source', passed: false })
  })
})
