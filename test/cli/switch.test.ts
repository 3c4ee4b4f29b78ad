import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CliProject, createCliProject } from '../support/cli-project.ts'

describe('ferry switch', () => {
  let project: CliProject
  const read = () => readFileSync(join(project.folder, '.env'), 'utf8')
  beforeEach(() => {
    project = createCliProject({ people: 5, extra: "switch: [{ file: '.env', set: { STORAGE: 'sqlite' } }]," })
    writeFileSync(join(project.folder, '.env'), '# the app\nSTORAGE=memory\nPORT=80\n')
  })
  afterEach(() => {
    project.drop()
  })

  it('shows the difference without a run and without a change', async () => {
    const { exitCode, stdout } = await project.call('switch', '--dry-run')
    expect(exitCode).to.equal(0)
    expect(stdout)
      .to.match(/STORAGE=memory/)
      .and.match(/STORAGE=sqlite/)
      .and.match(/nothing was changed/)
    expect(read()).to.equal('# the app\nSTORAGE=memory\nPORT=80\n')
  })

  it('refuses to switch to data that nobody verified, and does it after ferry verify', async () => {
    await project.call('transfer', '--no-backup', '--no-verify')
    const refused = await project.call('switch')
    expect(refused.exitCode).to.equal(1)
    expect(refused.stderr).to.match(/FERRY_SWITCH_FAILED[\s\S]*ferry verify/)
    expect(read()).to.contain('STORAGE=memory')

    expect((await project.call('verify')).exitCode).to.equal(0)
    expect((await project.call('switch')).exitCode).to.equal(0)
    expect(read()).to.equal('# the app\nSTORAGE=sqlite\nPORT=80\n')

    expect((await project.call('rollback')).exitCode).to.equal(0)
    expect(read()).to.equal('# the app\nSTORAGE=memory\nPORT=80\n')
  })

  it('is the last phase of a transfer', async () => {
    expect((await project.call('transfer', '--no-backup')).exitCode).to.equal(0)
    expect(read()).to.contain('STORAGE=sqlite')
    expect((await project.call('report')).stdout).to.match(/Every record arrived/)
  })
})
