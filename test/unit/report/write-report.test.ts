import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { EVENTS_FILE, openEventLog, readEvents } from '../../../src/report/event-log.ts'
import { readReport, writeReport } from '../../../src/report/write-report.ts'
import { RUN_ID, sampleEvents, sampleFinal } from '../../support/sample-report.ts'

describe('the folder of a run', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-report-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const log = () => {
    const events = openEventLog(folder)
    for (const event of sampleEvents()) events.write(event)
    events.close()
    return events
  }

  it('reads back every event it wrote, in order', async () => {
    expect(log().failure).to.equal(undefined)
    const read = []
    for await (const event of readEvents(folder)) read.push(event)
    expect(read).to.deep.equal(sampleEvents())
  })

  it('goes on after a line that a kill cut short, and leaves that line out', async () => {
    log()
    appendFileSync(join(folder, EVENTS_FILE), '{"type":"notice","at":1,"te')
    const events = openEventLog(folder)
    events.write({ at: 2, runId: RUN_ID, type: 'notice', text: 'after' })
    events.close()
    const read = []
    for await (const event of readEvents(folder)) read.push(event)
    expect(read.length).to.equal(sampleEvents().length + 1)
    expect(read.at(-1)).to.deep.include({ type: 'notice', text: 'after' })
  })

  it('masks secrets in the log and stays JSON', async () => {
    const events = openEventLog(folder)
    events.write({ at: 1, runId: RUN_ID, type: 'notice', text: 'connect postgres://app:s3cret@db/x failed, password=hunter2' })
    events.close()
    const text = readFileSync(join(folder, EVENTS_FILE), 'utf8')
    expect(text).to.not.match(/s3cret|hunter2/)
    expect(JSON.parse(text)).to.have.property('type', 'notice')
  })

  it('writes report.json and report.html for the owner alone, and nothing else', async () => {
    log()
    const data = await writeReport(folder, sampleFinal())
    expect(readdirSync(folder).sort()).to.deep.equal([EVENTS_FILE, 'report.html', 'report.json'])
    expect(statSync(join(folder, 'report.html')).mode & 0o077).to.equal(0)
    expect(readReport(folder)).to.deep.equal(data)
  })

  it('joins counts of the database with the course of the events', async () => {
    log()
    const data = await writeReport(folder, sampleFinal())
    expect(data.totals).to.deep.include({ read: 14_666, inserted: 14_604, rejected: 62, nulled: 62 })
    expect(data.sessions).to.equal(2)
    expect(data.openRejects).to.equal(62)
    expect(data.phases.map((phase) => phase.phase)).to.deep.equal(['preflight', 'backup', 'load', 'verify'])
    expect(data.steps.find((step) => step.table === 'spots')).to.include({ batches: 26, rowsInTable: 5100 })
    expect(data.peakRssBytes).to.be.within(96e6, 130e6)
  })

  it('leaves the hour between pause and resume out of the working time and the curve', async () => {
    log()
    const data = await writeReport(folder, sampleFinal())
    expect(data.workMs).to.be.below(10_000)
    for (const [at, point] of data.curve.entries()) {
      const before = data.curve[at - 1]
      if (before !== undefined) expect(point.workMs - before.workMs).to.be.within(0, 2000)
    }
  })

  it('makes a report from a run that left no events', async () => {
    const data = await writeReport(
      folder,
      sampleFinal({ status: 'failed', exitCode: 1, error: { code: 'FERRY_TARGET_FULL', message: 'full', hint: 'free' } }),
    )
    expect(data.steps).to.have.length(6)
    expect(data.next[0]?.command).to.equal(`ferry resume --run ${RUN_ID}`)
  })

  it('keeps the curve small however many batches there were', async () => {
    const events = openEventLog(folder)
    for (let batch = 1; batch <= 20_000; batch += 1) {
      events.write({
        at: batch * 10,
        runId: RUN_ID,
        type: 'batch:committed',
        step: 1,
        batch,
        items: 1,
        rejects: 0,
        ms: 5,
        counts: { ...sampleFinal().steps[0]?.counts, read: batch } as never,
        rssBytes: 1e8,
        stations: { read: 0, transform: 0, pack: 0, write: 0, commit: 0 },
      })
    }
    events.close()
    const data = await writeReport(folder, sampleFinal())
    expect(data.curve.length).to.be.within(200, 481)
    expect(data.curve.at(-1)?.items).to.be.above(19_000)
  })
})
