import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { DIST } from '../../support/dist.ts'
import { forEachEngine } from '../../support/engines.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { runProcess } from '../../support/run-process.ts'

/** Asks a session several things at once, as slices of a batch do that look for parents; prints what they were told. */
const script = (config: unknown) => `
const { openTarget } = await import(${JSON.stringify(pathToFileURL(join(DIST, 'src/index.js')).href)})
const target = await openTarget({ config: ${JSON.stringify(config)} })
const session = await target.openSession()
const asked = await Promise.allSettled(['select 1', 'select nothing_of_this_name', 'select 3', 'select 4'].map((sql) => session.rows(sql)))
console.log(JSON.stringify(asked.map(({ value }) => value?.[0]?.[0] ?? null).map(Number)))
await session.close()
await target.close()
await target.knex.destroy()
`

forEachEngine('a session that is asked several things at once', (db) => {
  it('answers each, without a word from its driver', async function () {
    this.timeout(20_000)
    const args = ['--throw-deprecation', '--input-type=module', '-e', script(db().config)]
    const { exitCode, stdout, stderr } = await runProcess(process.execPath, args, { cwd: PROJECT_ROOT })
    expect(stderr).to.equal('')
    expect({ exitCode, said: JSON.parse(stdout) }).to.deep.equal({ exitCode: 0, said: [1, 0, 3, 4] })
  })
})
