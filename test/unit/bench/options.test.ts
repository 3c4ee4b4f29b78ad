import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { readOptions, USAGE } from '../../../bench/options.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'

describe('options of the bench', () => {
  it('reads sizes with suffixes, and then takes the contestants whose memory is asked for', () => {
    const { sizes, contestants, engines } = readOptions(['--sizes', '20k,1m,10000000'])
    expect(sizes).to.deep.equal([20_000, 1_000_000, 10_000_000])
    expect(contestants).to.deep.equal(['bare loop', 'ferry', 'ferry + verify'])
    expect(engines).to.deep.equal(['sqlite'])
  })

  it('records with the same work that --short compares with', () => {
    const { record: _, ...recording } = readOptions(['--record'])
    const { record: __, ...comparing } = readOptions(['--short'])
    expect(recording).to.deep.equal(comparing)
  })

  it('refuses numbers and workloads that are none', () => {
    for (const text of ['0', '-1', '1.5', '1g', '', 'many']) expect(() => readOptions(['--records', text]), text).to.throw(TypeError)
    expect(() => readOptions(['--workload', 'sessions,constructor'])).to.throw(TypeError)
    expect(readOptions(['--workload', 'all']).workloads).to.include.members(['sessions', 'large'])
  })

  it('are told by --help as docs/performance.md tells them', () => {
    const docs = readFileSync(join(PROJECT_ROOT, 'docs/performance.md'), 'utf8')
    const documented = [...docs.matchAll(/^\| `-- (--.*?)` \|/gm)].flatMap(([, names = '']) => names.match(/--\w+/g) ?? [])
    expect(documented.length).to.be.above(5)
    const told = new Set([...USAGE.matchAll(/--\w+/g)].map(([name]) => name))
    expect(documented.filter((name) => !told.has(name))).to.deep.equal([])
  })
})
