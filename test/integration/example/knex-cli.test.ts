import { expect } from 'chai'
import { copyProject } from '../../support/project-copy.ts'
import { runProcess } from '../../support/run-process.ts'

describe('npx knex in a fresh clone', function () {
  this.timeout(120_000)
  let copy: Awaited<ReturnType<typeof copyProject>>
  const npx = async (...words: string[]) => {
    const outcome = await runProcess('npx', ['knex', ...words], { cwd: copy.folder, env: { FERRY_SPOTS: '40', FERRY_VEHICLES: '30' } })
    expect(outcome.exitCode, outcome.stderr).to.equal(0)
    return outcome.stdout
  }

  before(async () => {
    copy = await copyProject()
  })
  after(() => copy?.remove())

  it('migrates, seeds, lists and takes back, as typed', async () => {
    expect(await npx('migrate:latest')).to.include('5 migrations')
    expect(await npx('seed:run')).to.include('Ran 2 seed files')
    expect(await npx('migrate:down')).to.include('parking_sessions')
    expect(await npx('migrate:list'))
      .to.include('Found 4 Completed')
      .and.include('Found 1 Pending')
  })
})
