import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { type CliProject, createCliProject } from '../support/cli-project.ts'

describe('ferry, from plan to rollback', () => {
  let project: CliProject
  afterEach(() => {
    project.drop()
  })

  it('plans without writing anything', async () => {
    project = createCliProject({ people: 40, bad: 2 })
    const { exitCode, stdout } = await project.call('plan', '--max-rejects', '2')
    expect(exitCode).to.equal(0)
    expect(stdout)
      .to.match(/^staff: /)
      .and.match(/✔ source-readable/)
      .and.match(/teams -> people/)
      .and.match(/2 x TYPE people\/age/)
      .and.match(/^ready: 45 items, 2 rejects expected, 2 allowed/m)
    expect(project.ask("select count(*) from sqlite_master where name like 'ferry%'")).to.equal(0)
    expect(existsSync(join(project.folder, '.ferry'))).to.equal(false)
  })

  it('plans as one JSON document, with exit code 1 when it is not ready', async () => {
    project = createCliProject({ people: 10, bad: 2 })
    const { exitCode, stdout } = await project.call('plan', '--json')
    const plan = JSON.parse(stdout)
    expect(exitCode).to.equal(1)
    expect(plan).to.deep.include({ transfer: 'staff', passed: false, items: 15, predictedRejects: 2, allowedRejects: 0 })
    expect(plan.problems[0]).to.include({ mapping: 'people', code: 'TYPE', count: 2 })
  })

  it('transfers, says so line by line in a pipe, and takes it back', async () => {
    project = createCliProject({ people: 300 })
    const moved = await project.ferry('transfer', '--no-backup')
    expect(moved.exitCode).to.equal(0)
    expect(moved.stderr)
      .to.match(/^step \d.*: people, 300 items$/m)
      .and.match(/people: done in .*300 items read, 300 inserted/)
    expect(moved.stderr).to.not.contain('\u001b[')
    expect(moved.stdout)
      .to.match(/^completed: every record arrived/m)
      .and.match(/people +300 +300/)
    expect(project.ask('select count(*) from people')).to.equal(300)

    const status = await project.ferry('status')
    expect(status.stdout)
      .to.match(/^staff: completed$/m)
      .and.match(/100 %/)
      .and.match(/ferry rollback/)
    const report = await project.ferry('report')
    expect(report.stdout).to.match(/Every record arrived/)
    const [run = ''] = readdirSync(join(project.folder, '.ferry/runs'))
    expect(readdirSync(join(project.folder, '.ferry/runs', run))).to.include.members(['events.ndjson', 'report.json', 'report.html'])

    const dry = await project.ferry('rollback', '--dry-run')
    expect(dry.exitCode).to.equal(0)
    expect(dry.stdout)
      .to.match(/people +300/)
      .and.match(/nothing was changed/)
    expect(project.ask('select count(*) from people')).to.equal(300)

    const back = await project.ferry('rollback')
    expect(back.exitCode).to.equal(0)
    expect(back.stdout).to.match(/^rolled back: run /m)
    expect(project.ask('select (select count(*) from people) + (select count(*) from teams)')).to.equal(0)
    expect((await project.ferry('status', '--all')).stdout).to.match(/rolled_back/)
  })

  it('writes events as NDJSON and the result as the last line with --json', async () => {
    project = createCliProject({ people: 120 })
    const { exitCode, stdout, stderr } = await project.ferry('transfer', '--no-backup', '--json', '--batch-rows', '50')
    expect(exitCode).to.equal(0)
    expect(stderr).to.equal('')
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.filter((line) => line.type === 'batch:committed').length).to.be.at.least(4)
    expect(lines.at(-1)).to.deep.include({ type: 'result', status: 'completed', exitCode: 0, rejects: 0 })
    expect(lines.at(-1).steps.map((step: { table: string; rowsInTable: number }) => [step.table, step.rowsInTable])).to.deep.equal([
      ['teams', 5],
      ['people', 120],
    ])
  })

  it('ends with 3 when something was rejected, groups and shows the rejects, and keeps their values out of the progress', async () => {
    project = createCliProject({ people: 60, bad: 3 })
    const moved = await project.call('transfer', '--no-backup', '--max-rejects', '10%')
    expect(moved.exitCode).to.equal(3)
    expect(moved.stderr + moved.stdout).to.not.contain("'old'")
    const groups = await project.call('rejects')
    expect(groups.stdout).to.match(/3 +TYPE +people\/age/)
    const list = JSON.parse((await project.call('rejects', 'list', '--json')).stdout)
    expect(list).to.have.length(3)
    const shown = await project.call('rejects', 'show', String(list[0].id))
    expect(shown.stdout).to.contain("age: 'old'").and.contain('p0@example.org')
    expect((await project.call('rejects', 'list', '--code', 'UNIQUE')).stdout).to.equal('no rejects\n')
    expect((await project.call('rejects', 'show', '99999')).exitCode).to.equal(2)
  })

  it('refuses a second transfer, and names the command that fits', async () => {
    project = createCliProject({ people: 5 })
    await project.call('transfer', '--no-backup')
    const { exitCode, stderr } = await project.call('transfer', '--no-backup')
    expect(exitCode).to.equal(2)
    expect(stderr)
      .to.match(/FERRY_RUN_EXISTS/)
      .and.match(/ferry rollback/)
  })

  it('stops at the point it was told to, and resumes from there', async () => {
    project = createCliProject({ people: 20 })
    const stopped = await project.call('transfer', '--no-backup', '--stop-before', 'load')
    expect(stopped.exitCode).to.equal(0)
    expect(stopped.stdout)
      .to.match(/^paused/m)
      .and.match(/ferry resume --run/)
    expect(project.ask('select count(*) from people')).to.equal(0)
    const run = /ferry resume --run (\S+)/.exec(stopped.stdout)?.[1] ?? ''
    const resumed = await project.call('resume', '--run', run.slice(0, 18))
    expect(resumed.exitCode).to.equal(0)
    expect(project.ask('select count(*) from people')).to.equal(20)
  })

  it('finds a changed cell with ferry verify, exit code 4, and says why it compares with the journal', async () => {
    project = createCliProject({ people: 20 })
    await project.ferry('transfer', '--no-backup')
    expect((await project.ferry('verify')).exitCode).to.equal(0)
    project.change("update people set age = 999 where mail = 'p7@example.org'")
    const { exitCode, stdout } = await project.ferry('verify', '--strict')
    expect(exitCode).to.equal(4)
    expect(stdout).to.match(/people[\s\S]*age +27 +999/)
    const store = join(project.folder, 'store.ferry.ndjson')
    expect(stdout).to.match(/compared with the source/)
    renameSync(store, `${store}.kept`)
    expect((await project.ferry('verify')).stdout).to.match(/journal \(the source cannot be read: FERRY_SOURCE_NOT_FOUND\)/)
    exportStore({ teams: new Map(), people: new Map() }, store)
    expect((await project.ferry('verify')).stdout).to.match(/journal \(the source changed since the run\)/)
    renameSync(`${store}.kept`, store)
    const config = join(project.folder, 'ferry.config.mjs')
    writeFileSync(config, readFileSync(config, 'utf8').replace("field('age').integer()", "field('age').bigint()"))
    expect((await project.ferry('verify')).stdout).to.match(/journal \(the definition changed since the run\)/)
  })

  it('says that there is no run yet', async () => {
    project = createCliProject({ people: 1 })
    const { exitCode, stderr } = await project.call('status')
    expect(exitCode).to.equal(2)
    expect(stderr).to.contain('FERRY_RUN_NOT_FOUND')
    expect((await project.call('status', '--all')).stdout).to.match(/no runs yet/)
  })

  it('shows the cause of an error only with --verbose', async () => {
    project = createCliProject({ people: 1, extra: "mappings: (() => { throw new Error('broken on purpose') })()," })
    const quiet = await project.call('plan')
    const verbose = await project.call('plan', '--verbose')
    expect(quiet.exitCode).to.equal(verbose.exitCode)
    expect(quiet.stderr).to.not.contain('cause:')
    expect(verbose.stderr).to.match(/cause: [\s\S]*broken on purpose[\s\S]*ferry\.config\.mjs/)
  })
})

describe('ferry snapshot', () => {
  it('inspects, checks and converts; a cut file is refused', async () => {
    const project = createCliProject({ people: 12 })
    try {
      const inspected = await project.call('snapshot', 'inspect', 'store.ferry.ndjson')
      expect(inspected.stdout)
        .to.match(/people \(map\): 12 records/)
        .and.match(/mail +string 12/)
      expect((await project.call('snapshot', 'check', 'store.ferry.ndjson')).exitCode).to.equal(0)
      const converted = await project.call('snapshot', 'convert', 'store.ferry.ndjson', 'copy.ferry.ndjson.gz')
      expect(converted.exitCode).to.equal(0)
      expect((await project.call('snapshot', 'convert', 'store.ferry.ndjson', 'copy.ferry.ndjson.gz')).exitCode).to.equal(2)
      const copy = JSON.parse((await project.call('snapshot', 'inspect', 'copy.ferry.ndjson.gz', '--json')).stdout)
      expect(copy.collections.map((collection: { name: string; records: number }) => [collection.name, collection.records])).to.deep.equal([
        ['teams', 5],
        ['people', 12],
      ])
      const { truncateSync, statSync } = await import('node:fs')
      const path = join(project.folder, 'store.ferry.ndjson')
      truncateSync(path, statSync(path).size - 200)
      const cut = await project.call('snapshot', 'check', 'store.ferry.ndjson')
      expect(cut.exitCode).to.equal(1)
      expect(cut.stderr).to.contain('FERRY_SNAPSHOT_INVALID')
    } finally {
      project.drop()
    }
  })
})
