import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { copyProject } from '../support/project-copy.ts'
import { PROJECT_ROOT } from '../support/project-root.ts'
import { readCodeBlocks } from '../support/read-code-blocks.ts'
import { runProcess } from '../support/run-process.ts'

/** Commands that the test of the packed tarball and CI run: they would install or test the project inside its own test. */
const RUN_ELSEWHERE = [
  'npm ci',
  'npm install',
  'npm test',
  'npm run check',
  'npm run ci',
  'npm run bench',
  'npm run test:crash',
  'npm run demo',
]

/** Pages in the order a reader would follow them, each in the folder that the pages before left behind; recovery.md has a test of its own. */
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(PROJECT_ROOT, 'docs'))
    .filter((name) => name.endsWith('.md') && name !== 'recovery.md')
    .map((name) => `docs/${name}`),
]

/** A small store does: what the commands do to a large one, other tests show. */
const SMALL = { NO_COLOR: '1', FERRY_SPOTS: '400', FERRY_VEHICLES: '300' }

describe('commands and code of the docs', function () {
  this.timeout(600_000)
  let copy: Awaited<ReturnType<typeof copyProject>>

  before(async () => {
    copy = await copyProject()
  })
  after(() => copy?.remove())

  for (const page of PAGES) {
    it(`runs the commands of ${page} as typed in a fresh clone`, async () => {
      const blocks = readCodeBlocks(await readFile(join(copy.folder, page), 'utf8')).filter(({ language }) => language === 'bash')
      for (const { text, line } of blocks) {
        const typed = text.split('\n').filter((command) => !RUN_ELSEWHERE.some((other) => command.startsWith(other)))
        if (typed.every((command) => command.trim() === '')) continue
        // --norc: bash takes a socket for input as a login from afar, and would read the host's own settings
        const outcome = await runProcess('bash', ['--norc', '-euo', 'pipefail', '-c', typed.join('\n')], { cwd: copy.folder, env: SMALL })
        expect(outcome.exitCode, `${page}:${line}\n${outcome.stdout.slice(-2000)}\n${outcome.stderr.slice(-4000)}`).to.equal(0)
      }
    })
  }

  it('type-checks the TypeScript of every page against the built package', async () => {
    const folder = join(copy.folder, 'docs-check')
    await mkdir(folder)
    const files: string[] = []
    for (const page of [...PAGES, 'docs/recovery.md'].filter((name) => existsSync(join(copy.folder, name)))) {
      const blocks = readCodeBlocks(await readFile(join(copy.folder, page), 'utf8'))
      for (const { language, text, line } of blocks) {
        if (language !== 'ts') continue
        const name =
          text.includes('export default defineTransfer') && page === 'README.md'
            ? 'ferry.config.ts'
            : `${page.replace(/\W/g, '-')}-${line}.ts`
        await writeFile(join(folder, name), `${text}\nexport {}\n`)
        files.push(name)
      }
    }
    const options = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: 'nodenext',
      target: 'es2022',
      allowImportingTsExtensions: true,
      types: ['node'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files }))
    const outcome = await runProcess(join(copy.folder, 'node_modules', '.bin', 'tsc'), ['-p', folder], { cwd: copy.folder })
    expect(outcome.stdout).to.equal('')
  })

  it("holds the adapter of docs/adapters.md to the adapters' contract", async () => {
    const [example] = readCodeBlocks(await readFile(join(copy.folder, 'docs/adapters.md'), 'utf8')).filter(
      ({ language }) => language === 'ts',
    )
    const suite = `
      import { describe, it } from 'node:test'
      import { describeAdapterContract } from 'knex-ferry/testing'
      const songs = Array.from({ length: 2500 }, (_, number) => ({ title: 'song ' + number }))
      describeAdapterContract({ describe, it }, 'ListAdapter', {
        open: () => new ListAdapter({ songs }),
        mutate: () => void songs.push({ title: 'a song more' }),
        expected: { collection: 'songs', items: songs.map((value, key) => ({ key, value })) },
      })`
    await writeFile(join(copy.folder, 'adapter-example.test.ts'), `${example?.text}\n${suite}`)
    const outcome = await runProcess(process.execPath, ['--import=tsx', '--test', 'adapter-example.test.ts'], { cwd: copy.folder })
    expect(outcome.exitCode, outcome.stdout.slice(-4000)).to.equal(0)
    expect(outcome.stdout).to.match(/pass [1-9]/)
  })
})
