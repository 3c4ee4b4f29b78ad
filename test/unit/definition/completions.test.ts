import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { askCompletions } from '../../support/ask-completions.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'

const TEXT = `import { field, id, mapping, reference } from '../../../src/index.ts'
interface Spot { readonly floor: number; readonly position: { readonly bay: { readonly name: string } | null }; readonly owner: string | null; readonly visits: readonly { readonly fines: readonly number[] }[] }
const base = { from: 'spots', table: 'spots' }
mapping<Spot>({ ...base, columns: (c) => ({ a: c.field('^').text() }) })
mapping<Spot>({ ...base, columns: (c) => ({ a: c.^ }) })
mapping<Spot>({ ...base, columns: { a: field('floor').^ } })
mapping<Spot>({ ...base, columns: { a: id.^ } })
mapping<Spot>({ ...base, columns: { a: reference('owners', '^') } })
mapping<Spot>({ ...base, columns: { a: reference('owners', 'owner', { missing: '^' }) } })
mapping<Spot>({ ...base, each: '^', columns: {} })
mapping<Spot>({ ...base, conflict: '^', columns: {} })
`

const EXPECTED: readonly (readonly [string, readonly string[]])[] = [
  ['fields of the record, nested ones too', ['floor', 'owner', 'position', 'position.bay', 'position.bay.name']],
  ['every builder', ['key', 'field', 'item', 'index', 'parent', 'id', 'reference', 'references', 'lookup', 'constant', 'computed']],
  ['every kind', ['text', 'integer', 'bigint', 'decimal', 'boolean', 'timestamp', 'date', 'time', 'uuid', 'bytes', 'json', 'oneOf']],
  ['ways to make ids', ['keep', 'uuid', 'integer']],
  ['fields that may refer', ['floor', 'owner', 'position.bay.name']],
  ['what to do about a missing parent', ['reject', 'null', 'stop']],
  ['lists, also those inside lists', ['visits', 'visits.fines']],
  ['conflict policies', ['insert', 'skip', 'upsert']],
]

describe('an editor completes', () => {
  // beside this file, where the project's tsconfig.json reaches
  const path = join(PROJECT_ROOT, 'test/unit/definition', `completions-${process.pid}.ts`)
  let offered: readonly (readonly string[])[] = []
  before(async () => {
    offered = await askCompletions(path, TEXT)
  })
  after(() => rmSync(path, { force: true }))

  for (const [at, [what, labels]] of EXPECTED.entries()) {
    it(what, () => expect(offered[at]).to.include.members([...labels]))
  }
})
