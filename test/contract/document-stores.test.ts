import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoexportAdapter } from '../../adapters/mongoexport-adapter.ts'
import { NedbAdapter } from '../../adapters/nedb-adapter.ts'
import { describeAdapterContract } from '../../src/testing/adapter-contract.ts'

describe('contract over document stores', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-contract-'))
  const exported = join(folder, 'books.json')
  const datafile = join(folder, 'tasks.db')
  before(() => {
    const numbers = Array.from({ length: 2300 }, (_, index) => index)
    writeFileSync(exported, numbers.map((n) => `{ "_id" : { "$oid" : "${n}" }, "at" : { "$date" : ${n} } }\n`).join(''))
    writeFileSync(datafile, numbers.map((n) => `{"at":{"$$date":${n}},"_id":"${n}"}\n{"at":{"$$date":${n + 1}},"_id":"${n}"}\n`).join(''))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  describeAdapterContract({ describe, it }, 'MongoexportAdapter', {
    open: () => new MongoexportAdapter({ path: exported }),
    mutate: () => appendFileSync(exported, '{"_id":"new"}\n'),
    expected: {
      collection: 'books',
      items: Array.from({ length: 2300 }, (_, n) => ({ key: String(n), value: { _id: String(n), at: new Date(n) } })),
    },
  })
  describeAdapterContract({ describe, it }, 'NedbAdapter', {
    open: () => new NedbAdapter({ path: datafile }),
    mutate: () => appendFileSync(datafile, '{"$$deleted":true,"_id":"7"}\n'),
    expected: {
      collection: 'tasks',
      items: Array.from({ length: 2300 }, (_, n) => ({ key: String(n), value: { at: new Date(n + 1), _id: String(n) } })),
    },
  })
})
