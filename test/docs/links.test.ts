import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { PROJECT_ROOT } from '../support/project-root.ts'

const PAGES = [
  ...readdirSync(PROJECT_ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(PROJECT_ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

describe('docs', () => {
  for (const page of PAGES) {
    it(`${page} links to files that exist`, () => {
      const text = readFileSync(join(PROJECT_ROOT, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
      const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '')
      const files = targets.filter((target) => !/^[a-z]+:/.test(target))
      expect(files.filter((target) => !existsSync(join(PROJECT_ROOT, dirname(page), target)))).to.deep.equal([])
    })
  }
})
