import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { JsonAdapter } from '../../../adapters/json-adapter.ts'
import { MemoryStoreAdapter } from '../../../adapters/memory-store-adapter.ts'
import { NdjsonAdapter } from '../../../adapters/ndjson-adapter.ts'
import { openSource } from '../../../adapters/open-source.ts'
import { type Item, isReadable, type SourceAdapter } from '../../../src/adapter.ts'
import type { ErrorCode } from '../../../src/core/error-codes.ts'
import { isFerryError } from '../../../src/core/errors.ts'
import { exportStore } from '../../../src/snapshot/export-store.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

async function readItems(source: SourceAdapter, collection: string): Promise<Item[]> {
  const items: Item[] = []
  for await (const page of source.read(collection)) items.push(...page.items)
  return items
}

/** Writes one file and opens it by looking. */
const withFile = (name: string, content: string | Buffer, use: (path: string) => Promise<void>) =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    await use(path)
  })

const refuses = (code: ErrorCode) => (error: unknown) => isFerryError(error, code) && error.hint !== ''

async function openAndDescribe(path: string): Promise<readonly string[]> {
  return (await (await openSource(path)).describe()).map(({ name }) => name)
}

describe('openSource', () => {
  it('says when there is nothing at the path', () => assert.rejects(openSource('/no/such/place'), refuses('FERRY_SOURCE_NOT_FOUND')))

  for (const [what, name, content, code] of [
    ['an empty file', 'a.json', '', 'FERRY_SOURCE_EMPTY'],
    ['a blank file', 'a.json', ' \n\n', 'FERRY_SOURCE_EMPTY'],
    ['an empty gzip file', 'a.json.gz', gzipSync(''), 'FERRY_SOURCE_EMPTY'],
    ['text', 'a.json', 'hello\nworld\n', 'FERRY_SOURCE_UNREADABLE'],
    ['a cut JSON file', 'a.json', '{"spots":[["F1",{"id":', 'FERRY_SOURCE_UNREADABLE'],
    ['broken JSON', 'a.json', '{"spots":[nonsense]}', 'FERRY_SOURCE_UNREADABLE'],
    ['JSON that is not UTF-8', 'a.json', Buffer.from('{"spots":["\xff"]}', 'latin1'), 'FERRY_SOURCE_UNREADABLE'],
    ['a cut gzip file', 'a.json.gz', gzipSync('{"spots":[]}'.repeat(1000)).subarray(0, 40), 'FERRY_SOURCE_UNREADABLE'],
    ['a file named .gz that is none', 'a.json.gz', '{"spots":[]}', 'FERRY_SOURCE_UNREADABLE'],
    ['a cut snapshot', 'a.ferry.ndjson', '{"$ferry":1,"collections":[]}\n', 'FERRY_SNAPSHOT_INVALID'],
  ] as const) {
    it(`refuses ${what} with ${code}`, () => withFile(name, content, (path) => assert.rejects(openAndDescribe(path), refuses(code))))
  }

  it('refuses a folder without data, and one that could mean two stores', () =>
    withTemporaryFolder(async (folder) => {
      await assert.rejects(openSource(folder), refuses('FERRY_SOURCE_EMPTY'))
      exportStore({ a: [1] }, join(folder, 'a.ferry.ndjson'))
      assert.deepEqual(await openAndDescribe(folder), ['a'])
      writeFileSync(join(folder, 'b.ndjson'), '1\n')
      await assert.rejects(openSource(folder), refuses('FERRY_SOURCE_UNREADABLE'))
    }))

  it('gives an adapter back as it is', async () => {
    const adapter = new MemoryStoreAdapter({ store: {} })
    assert.equal(await openSource(adapter), adapter)
  })

  it('takes NDJSON under any name, and a byte order mark', () =>
    withFile('export.json', '\ufeff{"id":1}\n{"id":2}\n', async (path) => {
      assert.deepEqual(await readItems(await openSource(path), 'export'), [
        { key: 1, value: { id: 1 } },
        { key: 2, value: { id: 2 } },
      ])
    }))
})

describe('NdjsonAdapter', () => {
  it('sets bad lines aside with their number, and goes on', () =>
    withFile(
      'a.ndjson',
      Buffer.from('{"_key":"x"}\n{"_key":\n\n{"_key":"\xff"}\n{"_key":{}}\n{"_key":["a",1],"v":1}', 'latin1'),
      async (path) => {
        const items = await readItems(new NdjsonAdapter({ path }), 'a')
        assert.deepEqual(items[0], { key: 'x', value: {} })
        assert.deepEqual(
          items.slice(1, 4).map((item) => (isReadable(item) ? 'readable' : item.unreadable.reason.replace(/:.*/, ''))),
          ['line 2', 'line 4', 'line 5'],
        )
        assert.deepEqual(items[4], { key: ['a', 1], value: { v: 1 } })
      },
    ))

  it('takes declared members for the key, several as a nested key, and sets a record without them aside', () =>
    withFile('lines.ndjson', '{"order":1,"line":"a"}\n{"order":1,"line":"b"}\n{"order":1}\n', async (path) => {
      const items = await readItems(new NdjsonAdapter({ path, keyFields: { lines: ['order', 'line'] } }), 'lines')
      assert.deepEqual(
        items.map((item) => item.key),
        [[1, 'a'], [1, 'b'], undefined],
      )
    }))

  it('falls back to the number of the line when no member tells the records apart', () =>
    withFile('lines.ndjson', '{"order":1,"line":"a"}\n{"order":1,"line":"b"}\n', async (path) => {
      const items = await readItems(new NdjsonAdapter({ path }), 'lines')
      assert.deepEqual(
        items.map((item) => item.key),
        [1, 2],
      )
    }))

  it('refuses a line that is too long', () =>
    withFile('a.ndjson', `{"id":"${'x'.repeat(2_000_000)}"}\n`, async (path) => {
      await assert.rejects(readItems(new NdjsonAdapter({ path, maxLineBytes: 1_000_000 }), 'a'), refuses('FERRY_SOURCE_UNREADABLE'))
    }))

  it('reads lines longer than its blocks', () =>
    withFile('a.ndjson', `{"id":"${'x'.repeat(2_000_000)}"}\n{"id":"b"}`, async (path) => {
      const items = await readItems(new NdjsonAdapter({ path }), 'a')
      assert.deepEqual(
        items.map((item) => String(item.key).length),
        [2_000_000, 1],
      )
    }))
})

describe('JsonAdapter', () => {
  it('takes the declared key of lists, and a single record', () =>
    withFile('db.json', '{"posts":[{"id":1},{"title":"x","id":"draft-1"},{"title":"y"}],"profile":{"name":"x"}}', async (path) => {
      const source = new JsonAdapter({ path, keyFields: { posts: 'id' } })
      const posts = await readItems(source, 'posts')
      assert.deepEqual(
        posts.map((item) => item.key),
        [1, 'draft-1', undefined],
      )
      assert.deepEqual(await readItems(source, 'profile'), [{ key: 'profile', value: { name: 'x' } }])
    }))

  it('takes one collection a file by the shape of its values', () =>
    withFile('sessions.json', '{"s1":"{\\"a\\":1}","s2":"{\\"a\\":9007199254740993}"}', async (path) => {
      assert.deepEqual(await readItems(new JsonAdapter({ path }), 'sessions'), [
        { key: 's1', value: { a: 1 } },
        { key: 's2', value: { a: 9007199254740993n } },
      ])
      const texts = await readItems(new JsonAdapter({ path, decodeTexts: false }), 'sessions')
      assert.deepEqual(texts[0], { key: 's1', value: '{"a":1}' })
    }))

  it('obeys a declared shape', () =>
    withFile('points.json', '{"points":[[1,2],[3,4]],"sizes":{"a":1}}', async (path) => {
      const source = new JsonAdapter({ path, shapes: { points: 'list', sizes: 'keyed' } })
      assert.deepEqual(await readItems(source, 'points'), [
        { key: 0, value: [1, 2] },
        { key: 1, value: [3, 4] },
      ])
      assert.deepEqual(await readItems(source, 'sizes'), [{ key: 'a', value: 1 }])
    }))
})

describe('MemoryStoreAdapter', () => {
  const module = (folder: string, text: string) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'store.mjs'), text)
    return join(folder, 'store.mjs')
  }
  const body =
    'class Store { static #one; spots = new Map([["a", { id: "a" }]]); static getInstance() { return Store.#one ??= new Store() } }'

  for (const [what, text, name] of [
    ['a class with getInstance()', `${body}\nexport { Store }`, 'Store'],
    ['an instance', `${body}\nexport const store = Store.getInstance()`, 'store'],
    ['a function', `${body}\nexport default async () => Store.getInstance()`, 'default'],
    ['the module itself', 'export const spots = new Map([["a", { id: "a" }]])', undefined],
  ] as const) {
    it(`imports ${what}`, () =>
      withTemporaryFolder(async (folder) => {
        const source = new MemoryStoreAdapter({ module: module(folder, text), ...(name === undefined ? {} : { export: name }) })
        assert.equal(source.volatile, true)
        assert.deepEqual(await source.describe(), [{ name: 'spots', kind: 'map', count: 1 }])
        assert.deepEqual(await readItems(source, 'spots'), [{ key: 'a', value: { id: 'a' } }])
      }))
  }

  it('says what is missing: the module, the export, an instance', () =>
    withTemporaryFolder(async (folder) => {
      const path = module(folder, 'export class Store {}\nexport const five = 5')
      for (const options of [
        { module: join(folder, 'none.mjs') },
        { module: path, export: 'Store' },
        { module: path, export: 'five' },
        { module: path, export: 'toString' },
      ]) {
        await assert.rejects(new MemoryStoreAdapter(options).describe(), refuses('FERRY_SOURCE_NOT_FOUND'))
      }
    }))

  it('reads a file, which is not volatile', () =>
    withTemporaryFolder(async (folder) => {
      const path = exportStore({ spots: new Map([[1, { id: 1 }]]) }, join(folder, 'a.ferry.ndjson')).path
      const source = new MemoryStoreAdapter({ file: path })
      assert.equal(source.volatile, false)
      assert.deepEqual(await readItems(source, 'spots'), [{ key: 1, value: { id: 1 } }])
    }))

  it('sets a Map entry aside whose key is no text, number or bigint', async () => {
    const source = new MemoryStoreAdapter({
      store: {
        odd: new Map<unknown, unknown>([
          [{}, 1],
          [true, 2],
          ['a', 3],
        ]),
      },
    })
    const items = await readItems(source, 'odd')
    assert.deepEqual(items.map(isReadable), [false, false, true])
  })
})
