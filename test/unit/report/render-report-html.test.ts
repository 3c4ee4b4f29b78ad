import { expect } from 'chai'
import type { RunStatus } from '../../../src/core/run-status.ts'
import { buildReport } from '../../../src/report/build-report.ts'
import { renderReportHtml } from '../../../src/report/html/render-report-html.ts'
import { RunMeter } from '../../../src/report/measure-run.ts'
import type { ReportFinal } from '../../../src/report/report-data.ts'
import { sampleEvents, sampleFinal } from '../../support/sample-report.ts'

function page(over: Partial<ReportFinal> = {}): string {
  const meter = new RunMeter()
  for (const event of sampleEvents()) meter.add(event)
  return renderReportHtml(buildReport(sampleFinal(over), meter.measure()))
}

const STATUSES: readonly (RunStatus | 'interrupted')[] = [
  'running',
  'paused',
  'failed',
  'verifying',
  'completed',
  'completed_with_rejects',
  'completed_unverified',
  'rolling_back',
  'rolled_back',
  'cancelled',
  'interrupted',
]

describe('report.html', () => {
  it('says the outcome before anything else', () => {
    const body = page().split('<body>')[1] ?? ''
    expect(body.indexOf('Completed with rejects')).to.be.within(0, 200)
  })

  it('loads nothing from anywhere', () => {
    const html = page()
    expect(html).to.not.match(/\b(?:src|href)=|@import|url\(|<script|<link|<img|https?:/i)
    expect(html).to.contain("default-src 'none'")
  })

  it('escapes every value of the data', () => {
    const evil = `<img src=x onerror="alert('1')">\u202e`
    const html = page({
      transfer: evil,
      source: evil,
      rejects: [{ mapping: evil, stage: 'load', code: evil, pointer: evil, count: 1, samples: [evil], reason: evil }],
      error: { code: evil, message: evil, hint: evil },
      verification: {
        passed: false,
        basis: 'journal',
        tables: [{ table: evil, mapping: evil, expected: 1, found: 0, missing: 1, extra: 0, changed: 0, changedSince: 0 }],
        differences: [{ kind: 'changed', table: evil, key: evil, column: evil, expected: evil, found: null }],
        checks: [{ name: evil, status: 'failed', detail: evil, hint: evil }],
        ms: 1,
      },
      kept: { [evil]: 3 },
      migrations: [evil],
    })
    expect(html).to.not.contain('<img')
    expect(html).to.not.contain('\u202e')
    expect(html).to.contain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;')
  })

  for (const status of STATUSES) {
    it(`has a headline for ${status}`, () => {
      expect(page({ status })).to.match(/<h1>[A-Z0-9][^<]{8,}<\/h1>/)
    })
  }

  it('calls nothing a success but a run whose every gate passed', () => {
    for (const status of STATUSES) {
      if (status !== 'completed') expect(page({ status }), status).to.not.contain('class="badge good"')
    }
  })
})
