import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { computed, id, key } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import { mapping } from '../../../src/definition/transfer-input.ts'
import { findReport } from '../../../src/run/find-report.ts'
import { resumeTransfer } from '../../../src/run/resume-transfer.ts'
import { startTransfer } from '../../../src/run/start-transfer.ts'
import { SnapshotSource } from '../../../src/snapshot/snapshot-source.ts'
import { forEachWorld, type WorldRun } from '../../support/world-run.ts'

/** Teams with a name that comes of `nameOf`, in batches of ten. */
const named = ({ snapshot, common }: WorldRun, nameOf: () => string) => ({
  ...common,
  transfer: defineTransfer({
    name: 'named',
    source: new SnapshotSource(snapshot),
    target: {},
    batchRows: 10,
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
    const result = await startTransfer({
      ...options,
      onEvent: (event) => {
        if (event.type === 'phase:started' && event.phase === 'verify') {
          writeFileSync(snapshot, readFileSync(snapshot, 'utf8').replaceAll('example.org', 'example.net'))
        }
      },
    })
    expect(result).to.include({ status: 'failed' })
    expect(result.error?.code).to.be.oneOf(['FERRY_VERIFY_DIFFERENT', 'FERRY_SNAPSHOT_INVALID'])
  })
})
