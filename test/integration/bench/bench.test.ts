import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { ratioOf, spreadOf } from '../../../bench/measure/statistics.ts'
import type { BenchResults } from '../../../bench/results.ts'
import { WORKLOAD_NAMES } from '../../../bench/workload/find-workload.ts'
import { makeSession, sizesOf } from '../../../bench/workload/session-records.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { runProcess } from '../../support/run-process.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

describe('bench', () => {
  it('runs every contestant on SQLite and every workload, counts what arrived, and writes results and a page', async function () {
    this.timeout(300_000)
    await withTemporaryFolder(async (out) => {
      const made = WORKLOAD_NAMES.filter((name) => name !== 'large')
      const named = ['--workload', made.join(','), '--records', '300', '--rounds', '1']
      const args = ['--import=tsx', 'bench/run.ts', ...named, '--commands', '--out', out]
      // Few records, but shared out and packed as many are.
      const env = { BENCH_WORKERS_FROM: '100' }
      const { exitCode, stdout, stderr } = await runProcess(process.execPath, args, { cwd: PROJECT_ROOT, env })
      expect(exitCode, stderr).to.equal(0)
      expect(stdout).to.contain('bare loop').and.contain('ferry + verify').and.contain('knex.batchInsert')
      expect(stdout).to.contain('journal').and.contain('checkpoints every 5,000 rows').and.contain('ferry status')
      const files = readdirSync(out)
      const json = files.find((file) => file.endsWith('.json'))
      const results: BenchResults = JSON.parse(readFileSync(join(out, json ?? ''), 'utf8'))
      expect(results.cases.map(({ workload }) => workload)).to.deep.equal(made)
      const [sessions, ...others] = results.cases
      const usual = ['bare loop', 'ferry', 'ferry + verify', 'knex.batchInsert']
      for (const { workload, results: found } of others)
        expect(
          found.map(({ name }) => name),
          workload,
        ).to.deep.equal(usual)
      const [base] = sessions?.results ?? []
      expect(base?.ratio).to.deep.equal({ median: 1, least: 1, greatest: 1 })
      // A tool that ends within milliseconds may be gone before its memory was looked at.
      const scripts = sessions?.results.filter(({ name }) => name !== 'sqlite3 .import')
      expect(scripts?.map(({ peakRssBytes }) => peakRssBytes > 1 << 20)).to.not.include(false)
      const page = readFileSync(join(out, files.find((file) => file.endsWith('.html')) ?? ''), 'utf8')
      expect(page)
        .to.contain('<h1>knex-ferry bench</h1>')
        .and.not.match(/src=|href=|<script/)
      for (const { title } of results.cases) expect(page).to.contain(title)
    })
  })

  it('makes the same records everywhere, about 350 bytes each, whose parents exist', () => {
    const sizes = sizesOf(10_000)
    expect(makeSession(1, sizes)).to.deep.equal(makeSession(1, sizes))
    let bytes = 0
    for (let id = 1; id <= 1000; id += 1) {
      const session = makeSession(id, sizes)
      bytes += JSON.stringify(session).length
      expect(session.vehicle).to.be.within(1, sizes.vehicles)
      expect(session.spot).to.be.within(1, sizes.spots)
    }
    expect(bytes / 1000).to.be.within(330, 380)
    expect(Object.keys(makeSession(7, sizes))).to.have.length(14)
  })

  it('takes medians of figures that were measured, and ratios within a round', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        const { median, least, greatest } = spreadOf(values)
        expect(values).to.include(median)
        expect(least).to.be.at.most(median)
        expect(greatest).to.be.at.least(median)
        expect(ratioOf(values, values)).to.deep.equal({ median: 1, least: 1, greatest: 1 })
      }),
    )
    expect(ratioOf([2, 30, 4], [1, 10, 4]).median).to.equal(2)
  })
})
