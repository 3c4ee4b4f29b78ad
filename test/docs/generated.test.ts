import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { GENERATED_PARTS, replacePart } from '../../scripts/generated-docs.ts'
import { COMMANDS } from '../../src/cli/command-list.ts'
import { PROJECT_ROOT } from '../support/project-root.ts'

const read = (page: string) => readFileSync(join(PROJECT_ROOT, page), 'utf8')
/** Help is wrapped at the terminal's width, so only its words are compared. */
const words = (text: string) => text.split(/\s+/)

describe('docs written from the code', () => {
  for (const { page, name, render } of GENERATED_PARTS) {
    it(`${page} says what the code says about ${name} (npm run docs renews it)`, async () => {
      const text = read(page)
      expect(words(replacePart(text, name, await render()))).to.deep.equal(words(text))
    })
  }

  it('README.md names every command, in the words of its help', () => {
    const readme = read('README.md')
    const missing = COMMANDS.filter(({ name, about }) => !readme.includes(`| \`ferry ${name}\` | ${about} |`))
    expect(missing.map(({ name }) => name)).to.deep.equal([])
  })

  it('CONTRIBUTING.md names every script', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const contributing = read('CONTRIBUTING.md')
    const named = (script: string) => contributing.includes(`npm run ${script}`) || contributing.includes(`npm ${script}\``)
    const own = Object.keys(scripts).filter((script) => !/^(?:pre|post)/.test(script))
    expect(own.filter((script) => !named(script))).to.deep.equal([])
  })
})
