import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assert } from 'chai'
import { revertSwitch } from '../../../src/switch/revert-switch.ts'
import { type SwitchOptions, switchConfig } from '../../../src/switch/switch-config.ts'
import { bundleChild } from '../../support/bundle-child.ts'
import { failureOf } from '../../support/failure-of.ts'
import { runProcess } from '../../support/run-process.ts'
import type { SwitchOrder } from '../../support/switch-child.ts'

/** Renames of a switch: original, record, file, record again, for each of two files. */
const KILLS = [0, 1, 2, 3, 4, 5, 6, 7]
const CHILD_ENTRY = fileURLToPath(new URL('../../support/switch-child.ts', import.meta.url))
const ENV = '# the app\r\nexport STORAGE="memory" # or sqlite\r\nAPI_KEY=abc\r\n'
const JSON_TEXT = '{\n  // which store\n  "storage": { "driver": "memory" },\n}\n'
const TARGETS = [
  { file: '.env', set: { STORAGE: 'sqlite', DB_PASSWORD: 'hunter2' } },
  { file: 'config/app.json', set: { 'storage.driver': 'sqlite' } },
]

describe('switchConfig', () => {
  let cwd: string
  let options: SwitchOptions

  const env = () => readFileSync(join(cwd, '.env'), 'utf8')
  const json = () => readFileSync(join(cwd, 'config/app.json'), 'utf8')
  const assertSwitched = () => {
    assert.equal(env(), `${ENV.replace('"memory"', '"sqlite"')}DB_PASSWORD=hunter2\r\n`)
    assert.equal(json(), JSON_TEXT.replace('"memory"', '"sqlite"'))
  }
  const assertOriginal = () => assert.deepEqual([env(), json()], [ENV, JSON_TEXT])
  const leftovers = () => [...readdirSync(cwd), ...readdirSync(join(cwd, 'config'))].filter((name) => name.endsWith('.ferry-new'))

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'ferry-switch-'))
    mkdirSync(join(cwd, 'config'))
    writeFileSync(join(cwd, '.env'), ENV, { mode: 0o640 })
    chmodSync(join(cwd, '.env'), 0o640)
    writeFileSync(join(cwd, 'config/app.json'), JSON_TEXT)
    options = { targets: TARGETS, cwd, folder: join(cwd, '.ferry/runs/r1'), dryRun: false }
  })
  afterEach(() => rmSync(cwd, { recursive: true, force: true }))

  it('sets the values, keeps mode and originals, and gives all of it back', async () => {
    const switched = await switchConfig(options)
    assertSwitched()
    assert.equal(statSync(join(cwd, '.env')).mode & 0o777, 0o640)
    assert.deepEqual(
      switched.map(({ file }) => file),
      ['.env', 'config/app.json'],
    )
    for (const { record } of switched) {
      assert.equal(statSync(record).mode & 0o777, 0o600)
      assert.equal(statSync(record.replace(/json$/, 'original')).mode & 0o777, 0o600)
    }
    assert.deepEqual(leftovers(), [])
    const reverted = await revertSwitch(options)
    assertOriginal()
    assert.equal(statSync(join(cwd, '.env')).mode & 0o777, 0o640)
    assert.deepEqual(reverted.map(({ file }) => file).sort(), ['.env', 'config/app.json'])
    assert.deepEqual(await revertSwitch(options), [], 'a second time there is nothing to do')
    await switchConfig(options)
    assertSwitched()
  })

  it('shows the diff without secrets and writes nothing in a dry run', async () => {
    const [first, second] = await switchConfig({ ...options, dryRun: true })
    assert.deepEqual(first?.diff, [
      '@@ line 1',
      ' # the app',
      '-export STORAGE="memory" # or sqlite',
      '+export STORAGE="sqlite" # or sqlite',
      ' API_KEY=***',
      '+DB_PASSWORD=*** (new)',
      ' ',
    ])
    assert.include(second?.diff.join('\n'), '+  "storage": { "driver": "sqlite" },')
    assertOriginal()
    assert.isFalse(existsSync(options.folder))
    await switchConfig(options)
    const back = await revertSwitch({ ...options, dryRun: true })
    assert.include(back[0]?.diff.concat(back[1]?.diff ?? []).join('\n'), '+export STORAGE="memory" # or sqlite')
    assertSwitched()
  })

  it('does the same twice', async () => {
    const first = await switchConfig(options)
    assert.deepEqual(await switchConfig(options), first)
    assertSwitched()
    await revertSwitch(options)
    assertOriginal()
  })

  it('refuses to go over what somebody changed meanwhile, and touches nothing', async () => {
    await switchConfig(options)
    writeFileSync(join(cwd, 'config/app.json'), `${json()}\n`)
    const now = [env(), json()]
    assert.equal((await failureOf(revertSwitch(options))).code, 'FERRY_SWITCH_CONFLICT')
    assert.equal((await failureOf(switchConfig(options))).code, 'FERRY_SWITCH_CONFLICT')
    assert.deepEqual([env(), json()], now)
    rmSync(join(cwd, 'config/app.json'))
    assert.equal((await failureOf(revertSwitch(options))).code, 'FERRY_SWITCH_CONFLICT')
    assert.equal(env(), now[0])
  })

  it('writes nothing where one of the files cannot be switched', async () => {
    const cases: [string, SwitchOptions['targets']][] = [
      ['absent', [...TARGETS, { file: 'nowhere.env', set: { A: 1 } }]],
      ['no JSON', [...TARGETS, { file: 'broken.json', set: { a: 1 } }]],
      ['no text', [...TARGETS, { file: 'binary.env', set: { A: 1 } }]],
      ['a path through a value', [{ file: 'config/app.json', set: { 'storage.driver.name': 1 } }, ...TARGETS]],
    ]
    writeFileSync(join(cwd, 'broken.json'), '{ "a": ')
    writeFileSync(join(cwd, 'binary.env'), Buffer.from([0x41, 0x3d, 0xff, 0xfe, 0x0a]))
    for (const [name, targets] of cases) {
      assert.equal((await failureOf(switchConfig({ ...options, targets }))).code, 'FERRY_SWITCH_FAILED', name)
      assertOriginal()
    }
  })

  it('keeps a link a link, and takes two targets of one file as one edit', async () => {
    symlinkSync(join(cwd, '.env'), join(cwd, 'link.env'))
    const targets = [
      { file: 'link.env', set: { STORAGE: 'sqlite' } },
      { file: '.env', set: { API_KEY: 'new' } },
    ]
    const switched = await switchConfig({ ...options, targets })
    assert.equal(switched.length, 1)
    assert.equal(readFileSync(join(cwd, 'link.env'), 'utf8'), env())
    assert.equal(env(), ENV.replace('"memory"', '"sqlite"').replace('abc', 'new'))
    await revertSwitch(options)
    assertOriginal()
  })

  it('is decided by the next call wherever it was killed', async function () {
    this.timeout(120_000)
    const child = await bundleChild(CHILD_ENTRY)
    const kill = async (mode: SwitchOrder['mode'], killAt: number): Promise<boolean> => {
      const order: SwitchOrder = { mode, targets: TARGETS, cwd, folder: options.folder, killAt }
      const outcome = await runProcess(process.execPath, [child, JSON.stringify(order)], { cwd: process.cwd() })
      assert.equal(outcome.stderr, '')
      return outcome.exitCode === null
    }
    for (const killAt of KILLS) {
      assert.isTrue(await kill('switch', killAt), `switch killed at ${killAt}`)
      if (killAt % 2 === 0) {
        await revertSwitch(options)
        assertOriginal()
      }
      await switchConfig(options)
      assertSwitched()
      const at = killAt % 4
      assert.isTrue(await kill('revert', at), `revert killed at ${at}`)
      await revertSwitch(options)
      assertOriginal()
      assert.deepEqual(leftovers(), [])
    }
    rmSync(child)
  })
})
