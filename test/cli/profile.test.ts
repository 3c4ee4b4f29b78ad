import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CliProject, createCliProject } from '../support/cli-project.ts'

describe('worker threads and ferry transfer --profile', () => {
  let project: CliProject
  afterEach(() => {
    project.drop()
  })

  it('says where the time went, station by station', async () => {
    project = createCliProject({ people: 300 })
    const { exitCode, stdout } = await project.ferry('transfer', '--no-backup', '--profile')
    expect(exitCode).to.equal(0)
    for (const station of ['read', 'transform', 'pack', 'write', 'commit', 'index']) {
      expect(stdout).to.match(new RegExp(`^${station} +[\\d.]+ \\w+ +\\d+ %`, 'm'))
    }
  })

  it('counts what worker threads did for a large step, whose rows arrive like those of a small one', async function () {
    this.timeout(60_000)
    project = createCliProject({ people: 60_000 })
    const { exitCode, stdout, stderr } = await project.ferry(
      'transfer',
      '--no-backup',
      '--skip-validation',
      '--yes',
      '--workers',
      '2',
      '--profile',
      '--json',
    )
    expect(exitCode, stderr).to.equal(0)
    const lines = stdout.trimEnd().split('\n')
    const { profile, status, folder } = JSON.parse(lines.at(-1) ?? '')
    expect(status).to.equal('completed')
    expect(profile.pack).to.be.above(0)
    expect(project.ask('select count(*) from people join teams on teams.id = people.team_id')).to.equal(60_000)
    expect(existsSync(join(folder, 'workers'))).to.equal(false)
  })

  it('plans with worker threads what it plans without', async function () {
    this.timeout(60_000)
    project = createCliProject({ people: 60_000 })
    const plan = async (workers: string) => {
      const { exitCode, stdout, stderr } = await project.ferry('plan', '--json', '--workers', workers)
      expect(exitCode, stderr).to.equal(0)
      return JSON.parse(stdout)
    }
    const ahead = await plan('2')
    expect(ahead.items).to.be.above(60_000)
    expect(ahead).to.deep.equal(await plan('0'))
  })

  it('refuses a number of workers that is none', async () => {
    project = createCliProject({ people: 1 })
    const { exitCode, stderr } = await project.ferry('transfer', '--workers', '-1')
    expect(exitCode).to.equal(2)
    expect(stderr).to.contain('--workers needs a whole number from 0 to 16')
  })
})
