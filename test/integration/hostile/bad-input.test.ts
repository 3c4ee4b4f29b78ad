import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { exportStore } from '../../../src/snapshot/export-store.ts'
import { type CliProject, createCliProject } from '../../support/cli-project.ts'

interface BadInput {
  readonly name: string
  readonly code: string
  readonly exitCode: number
  readonly says: RegExp
  /** Breaks a sound project; resolves with words to add to the command. */
  arrange(project: CliProject): readonly string[] | undefined
}

const edit = (project: CliProject, from: string, to: string): undefined => {
  const path = join(project.folder, 'ferry.config.mjs')
  const text = readFileSync(path, 'utf8')
  if (!text.includes(from)) throw new Error(`the definition has no ${from}`)
  writeFileSync(path, text.replace(from, to))
}

const write = (project: CliProject, name: string, text: string): readonly string[] => {
  writeFileSync(join(project.folder, name), text)
  return ['--source', name]
}

const INPUTS: readonly BadInput[] = [
  {
    name: 'a file that is not there',
    code: 'FERRY_SOURCE_NOT_FOUND',
    exitCode: 2,
    says: /nowhere\.json/,
    arrange: () => ['--source', 'nowhere.json'],
  },
  {
    name: 'a snapshot that was cut',
    code: 'FERRY_SNAPSHOT_INVALID',
    exitCode: 1,
    says: /store\.ferry\.ndjson/,
    arrange(project) {
      const path = join(project.folder, 'store.ferry.ndjson')
      truncateSync(path, Math.trunc(readFileSync(path).length / 2))
      return undefined
    },
  },
  {
    name: 'a JSON file that was cut',
    code: 'FERRY_SOURCE_UNREADABLE',
    exitCode: 1,
    says: /cut\.json/,
    arrange: (project) => write(project, 'cut.json', '{"teams":{"t0":{"name":"Te'),
  },
  {
    name: 'a file that is not JSON',
    code: 'FERRY_SOURCE_UNREADABLE',
    exitCode: 1,
    says: /text\.json/,
    arrange: (project) => write(project, 'text.json', 'these are no data'),
  },
  {
    name: 'a dump that names a record twice',
    code: 'FERRY_SOURCE_UNREADABLE',
    exitCode: 1,
    says: /twice\.json .* at character 50\b/,
    arrange: (project) => write(project, 'twice.json', '{"teams":{"t0":{"name":"A"},"t1":{"name":"\\"}:"},"t0":{"name":"B"}},"people":{}}'),
  },
  {
    name: 'an empty store',
    code: 'FERRY_SOURCE_EMPTY',
    exitCode: 2,
    says: /exportStore/,
    arrange(project) {
      exportStore({ teams: new Map(), people: new Map() }, join(project.folder, 'empty.ferry.ndjson'))
      return ['--source', 'empty.ferry.ndjson']
    },
  },
  {
    name: 'a store without the collection',
    code: 'FERRY_SOURCE_NO_COLLECTION',
    exitCode: 2,
    says: /persons/,
    arrange: (project) => edit(project, "from: 'people'", "from: 'persons'"),
  },
  {
    name: 'a table that is not there',
    code: 'FERRY_DEFINITION_UNKNOWN_TABLE',
    exitCode: 2,
    says: /folk/,
    arrange: (project) => edit(project, "table: 'people'", "table: 'folk'"),
  },
  {
    name: 'a column that is not there',
    code: 'FERRY_PREFLIGHT_FAILED',
    exitCode: 1,
    says: /email/,
    arrange: (project) => edit(project, 'mail: field', "email: field('mail').text(),\n        mail: field"),
  },
  {
    name: 'values that the column cannot hold',
    code: 'FERRY_PREFLIGHT_FAILED',
    exitCode: 1,
    says: /30 rejects/,
    arrange: (project) => edit(project, "age: field('age')", "age: field('mail')"),
  },
  {
    name: 'records that come to the same value of a unique column',
    code: 'FERRY_PREFLIGHT_FAILED',
    exitCode: 1,
    says: /25 rejects/,
    arrange: (project) => edit(project, "mail: field('mail')", "mail: field('team')"),
  },
]

describe('bad input', () => {
  let project: CliProject
  beforeEach(() => {
    project = createCliProject({ people: 30 })
  })
  afterEach(() => project.drop())

  for (const { name, code, exitCode, says, arrange } of INPUTS) {
    it(`${name}: ${code}, exit code ${exitCode}, and nothing is written`, async () => {
      const words = arrange(project) ?? []
      const outcome = await project.call('transfer', '--no-backup', ...words)
      expect(outcome.stderr)
        .to.include(code)
        .and.match(says)
        .and.match(/hint: ./)
      expect(outcome.exitCode).to.equal(exitCode)
      expect(project.ask('select (select count(*) from people) + (select count(*) from teams)')).to.equal(0)
      expect(project.ask("select count(*) from sqlite_master where name like 'ferry%'")).to.equal(0)
    })
  }
})
