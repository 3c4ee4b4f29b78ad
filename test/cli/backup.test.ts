import { appendFileSync } from 'node:fs'
import { expect } from 'chai'
import { type CliProject, createCliProject } from '../support/cli-project.ts'

describe('ferry backup', () => {
  let project: CliProject
  afterEach(() => {
    project.drop()
  })

  it('creates, lists, verifies and restores', async () => {
    project = createCliProject({ people: 10 })
    expect((await project.call('backup')).stdout).to.match(/no backups yet/)
    const made = JSON.parse((await project.call('backup', 'create', '--json')).stdout)
    expect(made).to.include({ engine: 'sqlite' })
    expect((await project.call('transfer', '--no-backup')).exitCode).to.equal(0)
    const [listed] = JSON.parse((await project.call('backup', 'list', '--json')).stdout)
    expect(listed).to.deep.equal(made)
    expect((await project.call('backup', 'verify', made.id)).exitCode).to.equal(0)

    const refused = await project.call('backup', 'restore')
    expect(refused.exitCode).to.equal(2)
    expect(refused.stderr).to.match(/--yes/)
    expect(project.ask('select count(*) from people')).to.equal(10)

    const restored = await project.call('backup', 'restore', made.id.slice(0, 13), '--yes')
    expect(restored.exitCode).to.equal(0)
    expect(project.ask('select count(*) from people')).to.equal(0)
  })

  it('refuses a backup that was changed, and touches nothing', async () => {
    project = createCliProject({ people: 10 })
    const made = JSON.parse((await project.call('backup', 'create', '--json')).stdout)
    await project.call('transfer', '--no-backup')
    appendFileSync(made.path, 'x')
    for (const words of [['verify'], ['restore', '--yes']]) {
      const { exitCode, stderr } = await project.call('backup', ...words)
      expect(exitCode).to.equal(1)
      expect(stderr).to.contain('FERRY_BACKUP_INVALID')
    }
    expect(project.ask('select count(*) from people')).to.equal(10)
  })

  it('takes a run back to its backup with rollback --level restore, only with --yes', async () => {
    project = createCliProject({ people: 10 })
    expect((await project.call('transfer')).exitCode).to.equal(0)
    expect((await project.call('rollback', '--level', 'restore')).exitCode).to.equal(2)
    expect(project.ask('select count(*) from people')).to.equal(10)
    const { exitCode, stderr } = await project.call('rollback', '--level', 'restore', '--yes')
    expect(exitCode, stderr).to.equal(0)
    expect(project.ask('select count(*) from people')).to.equal(0)
    expect(project.ask('select status from ferry_runs')).to.equal('rolled_back')
  })

  it('names a backup that is not there', async () => {
    project = createCliProject({ people: 1 })
    const { exitCode, stderr } = await project.call('backup', 'verify', 'nothing')
    expect(exitCode).to.equal(2)
    expect(stderr).to.match(/no backup nothing[\s\S]*ferry backup list/)
  })
})
