import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CliProject, createCliProject } from '../support/cli-project.ts'
import { PROJECT_ROOT } from '../support/project-root.ts'

/** The table "By failure" of docs/recovery.md: what failed, and the commands of its last two columns. */
const ROWS = readFileSync(join(PROJECT_ROOT, 'docs/recovery.md'), 'utf8')
  .split('## By failure')[1]
  ?.split('\n## ')[0]
  ?.split('\n')
  .filter((line) => /^\| (?!what failed|---)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, failure = '', , , forward = '', back = '']) => ({ failure, forward: commandOf(forward), back: commandOf(back) }))

function commandOf(cell: string): readonly string[] {
  return (/`ferry ([^`]+)`/.exec(cell)?.[1] ?? '').replace('<n>', '5').split(' ')
}

interface Failure {
  readonly bad?: number
  readonly extra?: string
  /** Makes it fail; resolves with the exit code. */
  fail(project: CliProject): Promise<number | null>
  readonly exitCode: number
  /** The definition is rewritten on the way, which a process that has loaded it would not see. */
  readonly ownProcesses?: true
  /** Takes the cause away. */
  mend?(project: CliProject): void
}

const run = async (project: CliProject, ...words: string[]) => (await project.call(...words)).exitCode
const store = (project: CliProject) => join(project.folder, 'store.ferry.ndjson')
const config = (project: CliProject) => join(project.folder, 'ferry.config.mjs')
const replace = (file: string, from: string, to: string) => writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
const pausedThen = (spoil: (project: CliProject) => void) => async (project: CliProject) => {
  expect(await run(project, 'transfer', '--no-backup', '--stop-before', 'verify')).to.equal(0)
  spoil(project)
  return run(project, 'resume')
}

const FAILURES: Readonly<Record<string, Failure>> = {
  'more rejects than `maxRejects`': {
    bad: 3,
    exitCode: 1,
    fail: (project) => run(project, 'transfer', '--no-backup', '--skip-validation'),
  },
  backup: {
    exitCode: 1,
    async fail(project) {
      expect(await run(project, 'transfer', '--stop-before', 'backup')).to.equal(0)
      writeFileSync(join(project.folder, '.ferry/backups'), 'in the way')
      return run(project, 'resume')
    },
    mend: (project) => rmSync(join(project.folder, '.ferry/backups')),
  },
  verification: {
    exitCode: 4,
    fail(project) {
      project.change(
        "create trigger spoil after insert on people begin update people set age = 0 where id = new.id and mail like 'p7@%'; end",
      )
      return run(project, 'transfer', '--no-backup')
    },
    mend: (project) => project.change("drop trigger spoil; update people set age = 27 where mail like 'p7@%'"),
  },
  "switch of the app's configuration": {
    extra: "switch: [{ file: '.env', set: { STORAGE: 'sqlite' } }],",
    exitCode: 1,
    fail: (project) => run(project, 'transfer', '--no-backup'),
    mend: (project) => writeFileSync(join(project.folder, '.env'), 'STORAGE=memory\n'),
  },
  'source changed or gone': {
    exitCode: 2,
    fail: pausedThen((project) => renameSync(store(project), `${store(project)}.kept`)),
    mend: (project) => renameSync(`${store(project)}.kept`, store(project)),
  },
  'definition changed': {
    exitCode: 2,
    ownProcesses: true,
    fail: pausedThen((project) => replace(config(project), "field('age').integer()", "field('age').bigint()")),
    mend: (project) => replace(config(project), "field('age').bigint()", "field('age').integer()"),
  },
  'target tables changed': {
    exitCode: 2,
    fail: pausedThen((project) => project.change('alter table people add column colour text')),
    mend: (project) => project.change('alter table people drop column colour'),
  },
}

/** Rows whose cause takes a disk, a second owner or a killed process; the test that plays them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'process killed, power cut': 'test/cli/recovery.test.ts',
  'disk full': 'test/integration/hostile/bad-disk.test.ts',
  'database locked by another program for half a minute': 'test/integration/hostile/locked.test.ts',
  'connection lost, COMMIT without an answer': 'test/crash/connection-suite.ts',
  'taken over while stopped (SIGSTOP, suspended laptop)': 'test/integration/run/owner.test.ts',
  'a preflight check': 'test/cli/run.test.ts',
  'a migration': 'test/integration/run/migrate.test.ts',
  'target file damaged (bad disk, cut file)': 'test/cli/damaged-target.test.ts',
  rollback: 'test/cli/recovery.test.ts',
  restore: 'test/integration/hostile/failure-matrix-process.test.ts',
  'source changed while it was read': 'test/integration/hostile/failure-matrix.test.ts',
}

describe('docs/recovery.md, by failure', () => {
  let project: CliProject
  afterEach(() => {
    project?.drop()
  })

  it('has every row played by a test', () => {
    expect(ROWS?.map(({ failure }) => failure).sort()).to.deep.equal([...Object.keys(FAILURES), ...Object.keys(ELSEWHERE)].sort())
    for (const file of Object.values(ELSEWHERE)) expect(existsSync(join(PROJECT_ROOT, file)), file).to.equal(true)
  })

  for (const { failure, forward, back } of ROWS ?? []) {
    const played = FAILURES[failure]
    if (played === undefined) continue
    const { bad = 0, extra = '' } = played
    const begin = async () => {
      project = createCliProject({ people: 60, bad, extra })
      if (played.ownProcesses) project = { ...project, call: project.ferry }
      expect(await played.fail(project)).to.equal(played.exitCode)
    }

    it(`${failure}: ferry ${forward.join(' ')} goes on`, async () => {
      await begin()
      played.mend?.(project)
      expect(await run(project, ...forward)).to.equal(bad > 0 ? 3 : 0)
      expect(project.ask('select count(*) from people')).to.equal(60 - bad)
      expect(project.ask('select status from ferry_runs')).to.equal(bad > 0 ? 'completed_with_rejects' : 'completed')
    })

    it(`${failure}: ferry ${back.join(' ')} goes back, the cause still there`, async () => {
      await begin()
      const { exitCode, stderr } = await project.call(...back)
      expect(exitCode, stderr).to.equal(0)
      expect(project.ask('select (select count(*) from people) + (select count(*) from teams)')).to.equal(0)
      expect(project.ask('select status from ferry_runs')).to.equal('rolled_back')
    })
  }
})
