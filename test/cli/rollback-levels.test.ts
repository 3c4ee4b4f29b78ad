import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CliProject, createCliProject } from '../support/cli-project.ts'

const BEFORE = 'STORAGE=memory\n'
const AFTER = 'STORAGE=sqlite\n'

describe('ferry rollback --level', () => {
  let project: CliProject
  const env = () => readFileSync(join(project.folder, '.env'), 'utf8')
  const people = () => Number(project.ask('select count(*) from people'))
  const state = () => [env(), people(), String(project.ask('select status from ferry_runs'))]

  beforeEach(async () => {
    project = createCliProject({ people: 10, extra: "switch: [{ file: '.env', set: { STORAGE: 'sqlite' } }]," })
    writeFileSync(join(project.folder, '.env'), BEFORE)
    expect((await project.call('transfer')).exitCode).to.equal(0)
    expect(state()).to.deep.equal([AFTER, 10, 'completed'])
  })
  afterEach(() => {
    project.drop()
  })

  for (const level of ['switch', 'rows', 'schema', 'restore'] as const) {
    it(`${level}, as a dry run, changes nothing, says what is exact and lost, and names the command that does just this`, async () => {
      const { exitCode, stdout, stderr } = await project.call('rollback', '--level', level, '--dry-run')
      expect(exitCode, stderr).to.equal(0)
      expect(stdout)
        .to.match(new RegExp(`^level ${level}$`, 'm'))
        .and.match(/^ {2}exact: /m)
        .and.match(/^ {2}lost: /m)
        .and.match(/nothing was changed/)
      const shown = stdout.split('\n').find((line) => line.includes('ferry rollback --run'))
      expect(shown).to.match(new RegExp(`--level ${level}`))
      expect(/people +10/.test(stdout), 'rows are spoken of only where they go').to.equal(level !== 'switch')
      expect(state()).to.deep.equal([AFTER, 10, 'completed'])
    })
  }

  it('switch puts the configuration back and leaves rows and run alone; a later rollback takes the rows', async () => {
    const { exitCode, stdout } = await project.call('rollback', '--level', 'switch')
    expect(exitCode).to.equal(0)
    expect(stdout)
      .to.match(/\.env/)
      .and.match(/rows of run .* stay/)
    expect(state()).to.deep.equal([BEFORE, 10, 'completed'])
    expect((await project.call('switch')).exitCode).to.equal(0)
    expect(env()).to.equal(AFTER)
    expect((await project.call('rollback')).exitCode).to.equal(0)
    expect(state()).to.deep.equal([BEFORE, 0, 'rolled_back'])
  })

  it('rows leaves the configuration alone and says so; switch then puts it back', async () => {
    expect((await project.call('rollback', '--level', 'rows', '--dry-run')).stdout).to.match(/\.env goes on naming this database/)
    expect((await project.call('rollback', '--level', 'rows')).exitCode).to.equal(0)
    expect(state()).to.deep.equal([AFTER, 0, 'rolled_back'])
    expect((await project.call('rollback')).exitCode).to.equal(0)
    expect(state()).to.deep.equal([BEFORE, 0, 'rolled_back'])
  })

  it('refuses before anything is changed where somebody edited the configuration; rows alone is the way round', async () => {
    appendFileSync(join(project.folder, '.env'), 'PORT=80\n')
    const refused = await project.call('rollback')
    expect(refused.exitCode).to.equal(1)
    expect(refused.stderr).to.match(/FERRY_SWITCH_CONFLICT[\s\S]*--level rows/)
    expect(state()).to.deep.equal([`${AFTER}PORT=80\n`, 10, 'completed'])
    expect((await project.call('rollback', '--level', 'rows')).exitCode).to.equal(0)
    expect(state()).to.deep.equal([`${AFTER}PORT=80\n`, 0, 'rolled_back'])
  })

  it('restore says how many rows would go, and refuses beforehand what it could not do', async () => {
    project.change("insert into people select 'later', 'later@example.org', 1, id from teams limit 1")
    const { stdout } = await project.call('rollback', '--level', 'restore', '--dry-run')
    expect(stdout)
      .to.match(/people +11 +0/)
      .and.match(/files that would be put back:\n {2}\.env/)
    const [backup] = JSON.parse((await project.call('backup', 'list', '--json')).stdout)
    rmSync(backup.path)
    const refused = await project.call('rollback', '--level', 'restore', '--dry-run')
    expect(refused.exitCode).to.equal(1)
    expect(refused.stderr).to.contain('FERRY_BACKUP_INVALID')
    expect(state()).to.deep.equal([AFTER, 11, 'completed'])
  })
})
