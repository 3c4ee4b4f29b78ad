import { tmpdir } from 'node:os'
import { expect } from 'chai'
import { COMMANDS } from '../../src/cli/command-list.ts'
import { callFerry } from '../support/call-ferry.ts'
import { FERRY } from '../support/cli-project.ts'
import { type ProcessOutcome, runProcess } from '../support/run-process.ts'
import { withTemporaryFolder } from '../support/temporary-folder.ts'

const ferry = (...words: string[]): Promise<ProcessOutcome> => runProcess(process.execPath, [FERRY, ...words], { cwd: tmpdir() })
const call = (...words: readonly string[]): Promise<ProcessOutcome> => callFerry(tmpdir(), words)

describe('ferry, called wrongly or for help', () => {
  it('lists every command', async () => {
    const { exitCode, stdout } = await ferry('--help')
    expect(exitCode).to.equal(0)
    for (const { name, about } of COMMANDS) expect(stdout).to.match(new RegExp(`^  ${name} +${about.slice(0, 10)}`, 'm'))
  })

  it('answers --version with the version of the package', async () => {
    const { exitCode, stdout } = await ferry('--version')
    expect(exitCode).to.equal(0)
    expect(stdout).to.match(/^\d+\.\d+\.\d+/)
  })

  for (const { name, load } of COMMANDS) {
    it(`has examples in ferry ${name} --help, each understood by the command`, async () => {
      const { exitCode, stdout } = await call(name, '--help')
      expect(exitCode).to.equal(0)
      expect(stdout)
        .to.match(new RegExp(`^ferry ${name}\\b`))
        .and.contain('Examples:')
        .and.contain('--json')
      const { command } = await load()
      expect(command.examples.length).to.be.at.least(2)
      const { parseArguments } = await import('../../src/cli/parse-arguments.ts')
      for (const [line] of command.examples) {
        const [program, first, ...words] = line.split(' ')
        expect([program, first]).to.deep.equal(['ferry', name])
        expect(() => parseArguments(command, words), line).to.not.throw()
      }
    })
  }

  const wrong: readonly [readonly string[], RegExp][] = [
    [['trasnfer'], /there is no command 'trasnfer'[\s\S]*did you mean 'ferry transfer'/],
    [['frobnicate'], /there is no command 'frobnicate'[\s\S]*ferry --help/],
    [['transfer', '--bathc-rows', '5'], /no option --bathc-rows[\s\S]*--batch-rows/],
    [['--frob'], /no option --frob/],
    [['transfer', '--batch-rows', 'many'], /--batch-rows needs a number/],
    [['transfer', '--batch-rows', '0'], /whole number of 1 or more/],
    [['transfer', '--batch-rows', '5', '--batch-rows', '6'], /given 2 times/],
    [['transfer', '--max-rejects', 'some'], /does not understand 'some'/],
    [['transfer', '--max-rejects', '101%'], /does not understand/],
    [['transfer', '--stop-before', 'lod'], /did you mean 'load'/],
    [['transfer', '--throttle', '-1'], /above 0/],
    [['transfer', '--config'], /not enough arguments/],
    [['plan', 'extra'], /no place for 'extra'/],
    [['rejects', 'shw'], /did you mean 'show'/],
    [['rejects', 'show'], /needs the number/],
    [['snapshot', 'inspect'], /needs <file>/],
    [['snapshot', 'convert', 'a.json'], /needs <output>/],
  ]
  for (const [words, message] of wrong) {
    it(`refuses ferry ${words.join(' ')} with exit code 2 and a hint`, async () => {
      const { exitCode, stdout, stderr } = await call(...words)
      expect(exitCode).to.equal(2)
      expect(stdout).to.equal('')
      expect(stderr).to.match(/^error FERRY_CLI_USAGE: .+\nhint: .+/)
      expect(stderr).to.match(message)
    })
  }

  it('says a usage error as one JSON document with --json', async () => {
    const { exitCode, stdout, stderr } = await ferry('status', '--frob', '--json')
    expect(exitCode).to.equal(2)
    expect(stderr).to.equal('')
    expect(JSON.parse(stdout)).to.have.nested.property('error.code', 'FERRY_CLI_USAGE')
    expect(JSON.parse(stdout)).to.have.nested.property('error.exitCode', 2)
  })

  for (const name of ['plan', 'transfer', 'status', 'rollback']) {
    it(`says where it looked when ferry ${name} finds no definition`, () =>
      withTemporaryFolder(async (folder) => {
        const { exitCode, stderr } = await callFerry(folder, [name])
        expect(exitCode).to.equal(2)
        expect(stderr).to.contain('FERRY_CONFIG_NOT_FOUND').and.contain('ferry.config.ts').and.contain(folder)
      }))
  }

  it('takes --config before the command too', async () => {
    const { exitCode, stderr } = await ferry('--config', 'nowhere.ts', 'plan')
    expect(exitCode).to.equal(2)
    expect(stderr).to.contain('FERRY_CONFIG_NOT_FOUND').and.contain('nowhere.ts')
  })

  it('uses colour only where it was asked for', async () => {
    const plain = await ferry('--help')
    const forced = await runProcess(process.execPath, [FERRY, '--help'], { cwd: tmpdir(), env: { FORCE_COLOR: '1' } })
    const never = await runProcess(process.execPath, [FERRY, '--help', '--no-color'], { cwd: tmpdir(), env: { FORCE_COLOR: '1' } })
    expect([plain.stdout.includes('\u001b['), forced.stdout.includes('\u001b['), never.stdout.includes('\u001b[')]).to.deep.equal([
      false,
      true,
      false,
    ])
  })
})
