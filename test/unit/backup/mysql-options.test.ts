import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import { withMysqlOptions } from '../../../src/backup/mysql-options.ts'
import { runForText } from '../../../src/backup/run-tool.ts'

const ADDRESS = { host: 'db.example.org', port: '3307', user: 'me', password: 'pw "x\\ $HOME `id` y#', database: 'app', socket: undefined }
const WRITTEN = [
  '[client]',
  'host="db.example.org"',
  'port="3307"',
  'protocol="tcp"',
  'user="me"',
  'password="pw \\"x\\\\ $HOME `id` y#"',
].join('\n')

describe('the options of a MySQL program', () => {
  let folder: string
  beforeEach(function () {
    if (process.platform === 'win32') this.skip()
    folder = mkdtempSync(join(tmpdir(), 'ferry-cnf-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Runs a shell's words in place of the program; `$1` is the file that it is told. */
  const run = (words: string, secret?: string) =>
    withMysqlOptions(folder, { ...ADDRESS, ssl: false }, (given) => {
      const file = String(given.args[0]).replace('--defaults-extra-file=', '')
      return runForText({
        name: 'sh',
        path: '/bin/sh',
        ...given,
        ...(secret === undefined ? {} : { secret }),
        args: ['-c', words, 'sh', file],
      })
    })

  it('can be opened by name, are nowhere on the disk, and neither words nor variables of the process', async () => {
    assert.equal(await run('cat "$1"'), WRITTEN)
    assert.deepEqual(readdirSync(folder), [])
    assert.notInclude(await run('cat /proc/$$/cmdline /proc/$$/environ 2>/dev/null; env'), 'password')
  })

  it('do not hold up a program that ends without reading them', async () => {
    assert.equal(await run('echo read nothing'), 'read nothing')
  })

  it('keep a program from starting where they never came', async () => {
    const error = await run('echo started', '').catch(String)
    assert.include(error, 'ended with 70')
  })
})
