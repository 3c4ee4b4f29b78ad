import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { COMMANDS } from '../../../src/cli/command-list.ts'
import { ERROR_CODES } from '../../../src/core/error-codes.ts'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')).trim(), section] as const),
)

describe('docs/errors.md', () => {
  it('has a section for every error code, and for nothing else', () => {
    expect([...sections.keys()].sort()).to.deep.equal(Object.keys(ERROR_CODES).sort())
  })

  for (const [code, exitCode] of Object.entries(ERROR_CODES)) {
    it(`says of ${code} what happened, what is left, what to do, and exit code ${exitCode}`, () => {
      const section = sections.get(code) ?? ''
      expect(section).to.match(new RegExp(`^Exit code ${exitCode}[,.]`, 'm'))
      for (const part of ['What happened', 'State left', 'What to do'])
        expect(section).to.match(new RegExp(`^\\*\\*${part}\\*\\*: \\S.{15,}`, 'm'))
    })
  }

  it('names only commands that exist', () => {
    const known = new Set(COMMANDS.map((command) => command.name))
    for (const [, name] of page.matchAll(/`ferry ([a-z]+)/g)) expect(known, `ferry ${name}`).to.include(name)
  })
})
