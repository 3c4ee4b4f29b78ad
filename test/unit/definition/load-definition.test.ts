import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { isFerryError } from '../../../src/core/errors.ts'
import { loadDefinition } from '../../../src/definition/load-definition.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { runProcess } from '../../support/run-process.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

const from = (path: string) => JSON.stringify(pathToFileURL(join(PROJECT_ROOT, path)).href)
const DEFINITION = `
import { defineTransfer } from ${from('src/definition/define-transfer.ts')}
import { mapping } from ${from('src/definition/transfer-input.ts')}
import { key } from ${from('src/definition/builders.ts')}
const name: string = 'loaded'
export default defineTransfer({ name, target: {}, mappings: { a: mapping({ from: 'a', table: 'a', columns: { id: key().text() } }) } })
`

async function codeOf(text: string | undefined, name: string): Promise<string> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, name)
    if (text !== undefined) writeFileSync(file, text)
    try {
      await loadDefinition(file)
      return 'loaded'
    } catch (error) {
      return isFerryError(error) ? error.code : String(error)
    }
  })
}

describe('loadDefinition', () => {
  it('imports a TypeScript definition', async () => {
    const name = await withTemporaryFolder(async (folder) => {
      const file = join(folder, 'ferry.config.ts')
      writeFileSync(file, DEFINITION)
      return (await loadDefinition(file)).name
    })
    expect(name).to.equal('loaded')
  })

  it('says what is wrong with a file', async () => {
    expect(await codeOf(undefined, 'ferry.config.ts')).to.equal('FERRY_CONFIG_NOT_FOUND')
    expect(await codeOf('export default {', 'ferry.config.ts')).to.equal('FERRY_CONFIG_INVALID')
    expect(await codeOf('export default {', 'ferry.config.mjs')).to.equal('FERRY_CONFIG_INVALID')
    expect(await codeOf('export const transfer = 1', 'ferry.config.mjs')).to.equal('FERRY_CONFIG_INVALID')
    expect(await codeOf('export default { name: "x" }', 'ferry.config.mjs')).to.equal('FERRY_CONFIG_INVALID')
    expect(await codeOf('throw new Error("no")', 'ferry.config.mjs')).to.equal('FERRY_CONFIG_INVALID')
    expect(await codeOf(DEFINITION.replace("from: 'a'", "from: ''"), 'ferry.config.ts')).to.equal('FERRY_DEFINITION_INVALID')
  })

  it('registers a loader by itself in a process that was started without one', async () => {
    const outcome = await withTemporaryFolder(async (folder) => {
      const file = join(folder, 'ferry.config.ts')
      writeFileSync(file, `const hash: string = 'h'\nexport default { name: 'plain', hash, hashedText: 't', mappings: [] }\n`)
      const script = [
        `import { tsImport } from 'tsx/esm/api'`,
        `const { loadDefinition } = await tsImport(${from('src/definition/load-definition.ts')}, ${from('package.json')})`,
        `const { name } = await loadDefinition(${JSON.stringify(file)})`,
        `process.stdout.write(name)`,
      ]
      return runProcess(process.execPath, ['--input-type=module', '--eval', script.join('\n')], { cwd: PROJECT_ROOT })
    })
    expect(outcome.stdout, outcome.stderr).to.equal('plain')
  })
})
