import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from 'chai'
import { withMysqlOptions } from '../../../src/backup/mysql-options.ts'
import { runForText } from '../../../src/backup/run-tool.ts'

const ADDRESS = { host: 'db.example.org', port: '3307', user: 'me', password: 'pw "x\\ y#', database: 'app', socket: undefined, ssl: false }
const WRITTEN = ['[client]', 'host="db.example.org"', 'port="3307"', 'protocol="tcp"', 'user="me"', 'password="pw \\"x\\\\ y#"'].join('\n')

const nameOf = (args: readonly string[]) => String(args[0]).replace('--defaults-extra-file=', '')
const leftOvers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('ferry-options-'))

describe('the options of a MySQL program', () => {
  let folder: string
  beforeEach(function () {
    if (process.platform === 'win32') this.skip()
    folder = mkdtempSync(join(tmpdir(), 'ferry-cnf-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('come through a named pipe that is gone once it was read', async () => {
    const before = leftOvers()
    const said = await withMysqlOptions(folder, ADDRESS, async ({ args }) => {
      assert.isTrue(lstatSync(nameOf(args)).isFIFO())
      assert.equal(lstatSync(nameOf(args)).mode & 0o777, 0o600)
      const text = await runForText({ name: 'cat', path: '/bin/cat', args: [nameOf(args)] })
      assert.throws(() => lstatSync(nameOf(args)), /ENOENT/)
      return text
    })
    assert.equal(said, WRITTEN)
    assert.deepEqual([readdirSync(folder), leftOvers()], [[], before])
  })

  it('do not hold up a program that ends without reading them', async () => {
    const before = leftOvers()
    assert.equal(await withMysqlOptions(folder, ADDRESS, async () => 'read nothing').catch(String), 'read nothing')
    const failed = await withMysqlOptions(folder, ADDRESS, () => Promise.reject(new Error('no such program'))).catch(String)
    assert.equal(failed, 'Error: no such program')
    assert.deepEqual(leftOvers(), before)
  })
})
