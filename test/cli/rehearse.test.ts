import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { type CliProject, createCliProject } from '../support/cli-project.ts'

describe('ferry rehearse', () => {
  let project: CliProject
  afterEach(() => {
    project.drop()
  })

  it('goes there and back on a copy, and leaves the target as it was', async () => {
    project = createCliProject({ people: 50 })
    const before = readFileSync(project.database)
    const { exitCode, stdout } = await project.ferry('rehearse', '--no-migrate')
    expect(exitCode, stdout).to.equal(0)
    expect(stdout)
      .to.match(/people +50 +50/)
      .and.match(/^passed: the run came to completed/m)
    expect(readFileSync(project.database).equals(before)).to.equal(true)
  })

  it('says as JSON why it did not pass', async () => {
    project = createCliProject({
      people: 20,
      bad: 2,
      extra: "invariants: [{ name: 'nobody', sql: 'select count(*) from people', equals: 0 }],",
    })
    const { exitCode, stdout } = await project.ferry('rehearse', '--no-migrate', '--max-rejects', '2', '--json')
    expect(exitCode).to.equal(1)
    const result = JSON.parse(stdout)
    expect(result).to.include({ passed: false })
    expect(result.differences[0]).to.match(/FERRY_VERIFY_DIFFERENT/)
    expect(project.ask('select count(*) from people')).to.equal(0)
  })
})
