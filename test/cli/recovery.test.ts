import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { TRANSITIONS } from '../../src/core/run-status.ts'
import { type CliProject, createCliProject } from '../support/cli-project.ts'
import { runProcess } from '../support/run-process.ts'

const PAGE = readFileSync(new URL('../../docs/recovery.md', import.meta.url), 'utf8')

/** Fenced blocks of the section under `### heading`, by the word before them: `Forward`, `Back`, or '' where there is none. */
function recipesOf(heading: string): { readonly label: string; readonly language: string; readonly lines: string }[] {
  const section = PAGE.split(/^###? /m).find((part) => part.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`docs/recovery.md has no section ${heading}`)
  return [...section.matchAll(/(?:^(Forward|Back):\n\n)?^```(sh|sql)\n([\s\S]*?)^```/gm)].map(
    ([, label = '', language = '', lines = '']) => ({ label, language, lines }),
  )
}

async function follow(project: CliProject, heading: string, label: string): Promise<void> {
  const recipe = recipesOf(heading).find((block) => block.label === label)
  if (recipe === undefined) throw new Error(`${heading} has no way ${label}`)
  for (const line of recipe.lines.trim().split('\n')) {
    const [program, ...words] = line.split(' ')
    expect(program).to.equal('ferry')
    const { exitCode, stderr } = await project.call(...words)
    expect(exitCode, `${line}\n${stderr}`).to.be.oneOf([0, 3])
  }
}

/** Read past the command: one process less for each look. */
function statusOf(project: CliProject): string {
  return String(project.ask('select status from ferry_runs order by started_at desc, id desc limit 1'))
}

function newestRun(project: CliProject): string {
  return String(project.ask('select id from ferry_runs order by started_at desc, id desc limit 1'))
}

async function startAndKill(project: CliProject): Promise<void> {
  const child = project.start('transfer', '--no-backup', '--json', '--batch-rows', '20', '--throttle', '400')
  let said = ''
  for await (const chunk of child.stdout ?? []) {
    said += String(chunk)
    if (/"batch:committed","step":1/.test(said)) break
  }
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

interface Situation {
  readonly people: number
  readonly bad?: number
  arrange(project: CliProject): Promise<void>
  /** Status after the way forward. */
  readonly forward?: string
}

const transfer = (project: CliProject, ...words: string[]) => project.call('transfer', '--no-backup', ...words)

const SITUATIONS: Readonly<Record<string, Situation>> = {
  running: { people: 600, arrange: startAndKill, forward: 'completed' },
  paused: {
    people: 600,
    async arrange(project) {
      await startAndKill(project)
      await project.call('pause')
    },
    forward: 'completed',
  },
  failed: {
    people: 60,
    bad: 3,
    async arrange(project) {
      expect((await transfer(project, '--skip-validation')).exitCode).to.equal(1)
    },
    forward: 'completed_with_rejects',
  },
  verifying: {
    people: 60,
    async arrange(project) {
      await transfer(project, '--stop-before', 'verify')
      project.change("update ferry_runs set status = 'verifying'") // as a kill between the two leaves it
    },
    forward: 'completed',
  },
  completed: {
    people: 60,
    async arrange(project) {
      await transfer(project)
    },
    forward: 'completed',
  },
  completed_with_rejects: {
    people: 60,
    bad: 2,
    async arrange(project) {
      await transfer(project, '--max-rejects', '2')
    },
    forward: 'completed_with_rejects',
  },
  completed_unverified: {
    people: 60,
    async arrange(project) {
      await transfer(project, '--no-verify')
    },
    forward: 'completed',
  },
  rolling_back: {
    people: 60,
    async arrange(project) {
      await transfer(project)
      project.change("update ferry_runs set status = 'rolling_back'") // as a kill before the first batch of the rollback leaves it
    },
  },
  rolled_back: {
    people: 60,
    async arrange(project) {
      await transfer(project)
      await project.call('rollback')
    },
    forward: 'completed',
  },
  cancelled: {
    people: 600,
    async arrange(project) {
      await startAndKill(project)
      await project.call('cancel')
    },
  },
}

const rowsOf = (project: CliProject) => project.ask('select (select count(*) from people) + (select count(*) from teams)')

describe('docs/recovery.md', () => {
  let project: CliProject
  afterEach(() => {
    project.drop()
  })

  it('has a section for every status', () => {
    project = createCliProject({ people: 1 })
    const statuses = new Set(TRANSITIONS.flatMap(({ from, to }) => [from, to]))
    for (const status of statuses) expect(recipesOf(`\`${status}\``), status).to.not.be.empty
    expect(Object.keys(SITUATIONS).sort()).to.deep.equal([...statuses].sort())
  })

  for (const [status, situation] of Object.entries(SITUATIONS)) {
    const begin = async () => {
      project = createCliProject({ people: situation.people, ...(situation.bad === undefined ? {} : { bad: situation.bad }) })
      await situation.arrange(project)
      expect(statusOf(project)).to.equal(status)
    }
    const { forward } = situation
    if (forward !== undefined) {
      it(`leads from ${status} forward to ${forward}`, async () => {
        await begin()
        await follow(project, `\`${status}\``, 'Forward')
        expect(statusOf(project)).to.equal(forward)
        expect(project.ask('select count(*) from people')).to.equal(situation.people - (situation.bad ?? 0))
      })
    }
    if (status === 'rolled_back') continue
    it(`leads from ${status} back to empty tables`, async () => {
      await begin()
      await follow(project, `\`${status}\``, 'Back')
      expect(statusOf(project)).to.equal('rolled_back')
      expect(rowsOf(project)).to.equal(0)
    })
  }

  const bySql = (heading: string): readonly unknown[][] => {
    const id = newestRun(project)
    const connection = new Database(project.database)
    const found: unknown[][] = []
    try {
      for (const { lines } of recipesOf(heading).filter((block) => block.language === 'sql')) {
        for (const sql of lines.replaceAll('RUN_ID', id).split(';')) {
          if (sql.trim() === '') continue
          const statement = connection.prepare(sql)
          if (statement.reader) found.push(statement.raw().all())
          else statement.run()
        }
      }
    } finally {
      connection.close()
    }
    return found
  }

  it('shows by SQL where a run stands', async () => {
    project = createCliProject({ people: 20, bad: 2 })
    await transfer(project, '--max-rejects', '2')
    const [runs = [], steps = [], rejects = []] = bySql('See where it stands')
    expect([runs.length, steps.length, rejects]).to.deep.equal([1, 2, [['TYPE', 'people', '/age', 2]]])
  })

  it('frees a run by SQL, and resume goes on', async () => {
    project = createCliProject({ people: 300 })
    await startAndKill(project)
    project.change("update ferry_runs set lease_owner = 'gone.example/boot/1/1', lease_expires_at = 99999999999999")
    expect((await project.call('resume')).exitCode).to.equal(5)
    bySql('Free a run whose owner is lost')
    expect((await project.call('resume')).exitCode).to.equal(0)
    expect(project.ask('select count(*) from people')).to.equal(300)
  })

  it('takes the rows out by SQL, and a new transfer begins', async () => {
    project = createCliProject({ people: 60 })
    await transfer(project, '--stop-before', 'verify')
    const [facts = []] = bySql('Take the rows out')
    expect(JSON.parse(String((facts[0] as unknown[])[0])).rowsBefore).to.deep.equal({ people: 0, teams: 0 })
    expect(rowsOf(project)).to.equal(0)
    expect((await transfer(project)).exitCode).to.equal(0)
    expect(project.ask('select count(*) from people')).to.equal(60)
  })

  it('finds the statements of set-aside indexes by SQL', async () => {
    project = createCliProject({ people: 5 })
    await transfer(project)
    const id = newestRun(project)
    project.change(`insert into ferry_indexes values ('${id}', 'people', 'people_age', 0, 'create index people_age on people (age)')`)
    const [ddl] = bySql('Put set-aside indexes back')
    expect(ddl).to.deep.equal([['create index people_age on people (age)']])
    expect(project.ask('select count(*) from ferry_indexes')).to.equal(0)
  })

  it('puts a backup back by hand', async () => {
    project = createCliProject({ people: 30 })
    expect((await project.call('transfer')).exitCode).to.equal(0)
    expect(project.ask('select count(*) from people')).to.equal(30)
    const recipe = recipesOf('Put the backup of a SQLite database back').find((block) => block.language === 'sh')
    const { exitCode, stderr } = await runProcess('/bin/sh', ['-ec', recipe?.lines ?? 'false'], { cwd: project.folder })
    expect(exitCode, stderr).to.equal(0)
    expect(project.ask('select count(*) from people')).to.equal(0)
    expect(project.ask('pragma integrity_check')).to.equal('ok')
  })

  it('forgets everything by SQL, and leaves the rows', async () => {
    project = createCliProject({ people: 5 })
    await transfer(project)
    bySql('Forget everything ferry knows')
    expect(project.ask("select count(*) from sqlite_master where name like 'ferry%'")).to.equal(0)
    expect(project.ask('select count(*) from people')).to.equal(5)
    expect((await project.call('status')).exitCode).to.equal(2)
  })
})
