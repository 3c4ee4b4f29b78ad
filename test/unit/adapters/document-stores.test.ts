import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSource } from '../../../adapters/open-source.ts'
import { type Item, isReadable } from '../../../src/adapter.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

const data = join(PROJECT_ROOT, '../shared/data')

async function readAll(path: string): Promise<{ name: string; items: Item[] }> {
  const source = await openSource(path)
  const [info] = await source.describe()
  const items: Item[] = []
  for await (const page of source.read(info?.name ?? '')) items.push(...page.items)
  return { name: source.name, items }
}

describe('MongoexportAdapter', () => {
  it('reads extended JSON, and leaves what it does not know as it stands', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'things.json')
      const lines = [
        '{"_id":{"$oid":"55a0f42f20a4d760b5fc305e"},"at":{"$date":"2009-04-01T00:00:00.000-0700"},"n":{"$numberLong":"9007199254740993"},"d":{"$numberDecimal":"1.10"}}',
        '{"_id":{"$numberLong":"7"},"at":{"$date":{"$numberLong":"-1"}},"bad":{"$date":"yesterday"},"re":{"$minKey":1},"list":[{"$date":0}]}',
        '{"_id":{"a":1}}',
      ]
      writeFileSync(path, lines.join('\n'))
      const { name, items } = await readAll(path)
      assert.equal(name, 'mongoexport')
      assert.deepStrictEqual(items[0], {
        key: '55a0f42f20a4d760b5fc305e',
        value: { _id: '55a0f42f20a4d760b5fc305e', at: new Date('2009-04-01T07:00:00Z'), n: 9007199254740993n, d: '1.10' },
      })
      assert.deepStrictEqual(items[1], {
        key: 7,
        value: { _id: 7, at: new Date(-1), bad: { $date: 'yesterday' }, re: { $minKey: 1 }, list: [new Date(0)] },
      })
      assert.ok(items[2] !== undefined && !isReadable(items[2]))
    }))

  it('reads the real exports: every document, keyed by its own id', async function () {
    if (!existsSync(data)) this.skip()
    for (const [file, count] of [
      ['books', 431],
      ['products', 11],
      ['countries-small', 248],
    ] as const) {
      const { items } = await readAll(join(data, 'mongoexport', `${file}.json`))
      assert.equal(items.filter(isReadable).length, count)
      assert.equal(new Set(items.map((item) => item.key)).size, count)
    }
    const { items } = await readAll(join(data, 'mongoexport/books.json'))
    const dates = items.filter((item) => isReadable(item) && (item.value as { publishedDate?: unknown }).publishedDate instanceof Date)
    assert.equal(dates.length, 431 - 78)
  })
})

describe('NedbAdapter', () => {
  it('replays the log: the last line wins, a deletion removes, a bad line is set aside', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'tasks.db')
      const lines = [
        '{"$$indexCreated":{"fieldName":"slug"}}',
        '{"_id":"a","n":1}',
        '{"_id":"b","n":1}',
        '{"_id":"a","n":2,"due":{"$$date":5}}',
        '{"$$deleted":true,"_id":"b"}',
        '{"_id":',
        '',
      ]
      writeFileSync(path, lines.join('\n'))
      const { name, items } = await readAll(path)
      assert.equal(name, 'nedb')
      assert.equal(items.length, 2)
      assert.deepStrictEqual(items[0], { key: 'a', value: { _id: 'a', n: 2, due: new Date(5) } })
      assert.ok(items[1] !== undefined && !isReadable(items[1]) && items[1].unreadable.reason.startsWith('line 6'))
    }))

  it('reads the real datafile: 270 live documents', async function () {
    if (!existsSync(data)) this.skip()
    const { items } = await readAll(join(data, 'nedb/tasks.db'))
    assert.equal(items.filter(isReadable).length, 270)
  })
})
