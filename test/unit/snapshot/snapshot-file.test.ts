import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { isFerryError } from '../../../src/core/errors.ts'
import type { Item } from '../../../src/core/record.ts'
import type { SourceAdapter } from '../../../src/core/source-adapter.ts'
import { checkSnapshot } from '../../../src/snapshot/check-snapshot.ts'
import { exportStore, exportStoreAsync } from '../../../src/snapshot/export-store.ts'
import { scanSnapshot } from '../../../src/snapshot/scan-snapshot.ts'
import { SnapshotSource } from '../../../src/snapshot/snapshot-source.ts'
import { spoolSource } from '../../../src/snapshot/spool-source.ts'
import { withTemporaryFolder } from '../../support/temporary-folder.ts'

class Spot {
  id: string
  at = new Date(0)
  constructor(id: string) {
    this.id = id
  }
  toJSON(): string {
    return 'lossy'
  }
}

function createStore(count: number) {
  return {
    spots: new Map(Array.from({ length: count }, (_, index) => [`F${index}`, new Spot(`F${index}`)])),
    byFloor: new Map<unknown, unknown>([
      [1, new Set(['F1', 'F2'])],
      ['1', new Set()],
      [['a', 2n], -0],
    ]),
    occupied: new Set(['F1', 'Ü\ud800', 7]),
    log: [{ n: 1n }, undefined, null, 'text'],
    settings: { port: 1, __name: 'x' },
    empty: new Map(),
    next: 5,
    add: () => 1,
  }
}

async function readItems(source: SourceAdapter, collection: string): Promise<Item[]> {
  const items: Item[] = []
  for await (const page of source.read(collection)) items.push(...page.items)
  return items
}

async function readStore(source: SourceAdapter): Promise<Record<string, Item[]>> {
  const found: Record<string, Item[]> = {}
  for (const { name, count } of await source.describe()) {
    found[name] = await readItems(source, name)
    assert.equal(found[name]?.length, count)
  }
  return found
}

const invalid = (error: unknown) => isFerryError(error, 'FERRY_SNAPSHOT_INVALID')

describe('exportStore and SnapshotSource', () => {
  for (const name of ['store.ferry.ndjson', 'store.ferry.ndjson.gz']) {
    it(`carry every collection, key and value through ${name}`, () =>
      withTemporaryFolder(async (folder) => {
        const path = join(folder, name)
        const result = exportStore(createStore(2500), path)
        assert.equal(statSync(path).mode & 0o777, 0o600)
        assert.deepEqual(readdirSync(folder), [name])
        assert.equal(result.bytes, statSync(path).size)
        const source = new SnapshotSource(path)
        const read = await readStore(source)
        assert.deepEqual(Object.keys(read), ['spots', 'byFloor', 'occupied', 'log', 'settings', 'empty'])
        assert.equal(read.spots?.length, 2500)
        assert.deepStrictEqual(read.spots?.[2499], { key: 'F2499', value: { id: 'F2499', at: new Date(0) } })
        assert.deepStrictEqual(read.byFloor, [
          { key: 1, value: new Set(['F1', 'F2']) },
          { key: '1', value: new Set() },
          { key: ['a', 2n], value: -0 },
        ])
        assert.deepStrictEqual(read.occupied, [
          { key: 'F1', value: 'F1' },
          { key: 'Ü\ud800', value: 'Ü\ud800' },
          { key: 7, value: 7 },
        ])
        assert.deepStrictEqual(read.log, [
          { key: 0, value: { n: 1n } },
          { key: 1, value: undefined },
          { key: 2, value: null },
          { key: 3, value: 'text' },
        ])
        assert.equal(await source.fingerprint(), result.sha256)
        assert.deepEqual((await checkSnapshot(path)).classes, { Spot: 2500 })
        await source.close()
        await source.close()
      }))
  }

  it('give equal fingerprints for equal stores', () =>
    withTemporaryFolder(async (folder) => {
      const [a, b] = [exportStore(createStore(10), join(folder, 'a')), exportStore(createStore(10), join(folder, 'b.gz'))]
      assert.equal(a.sha256, b.sha256)
      assert.notEqual(exportStore(createStore(11), join(folder, 'c')).sha256, a.sha256)
    }))

  it('leave no file, and the old one whole, when a record cannot be held', () =>
    withTemporaryFolder((folder) => {
      const path = join(folder, 'store.ferry.ndjson')
      exportStore({ a: new Set([1]) }, path)
      const before = readFileSync(path)
      assert.throws(
        () => exportStore({ a: [{ f: () => 1 }] }, path),
        (error) => isFerryError(error, 'FERRY_SNAPSHOT_UNSUPPORTED_VALUE'),
      )
      assert.deepEqual(readdirSync(folder), ['store.ferry.ndjson'])
      assert.deepEqual(readFileSync(path), before)
    }))

  it('let the app work during the asynchronous export, which is labelled fuzzy', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.ferry.ndjson')
      const store = createStore(50_000)
      let turns = 0
      const timer = setInterval(() => {
        turns += 1
        store.spots.set(`new ${turns}`, new Spot('new'))
      }, 1)
      const result = await exportStoreAsync(store, path).finally(() => clearInterval(timer))
      assert.ok(turns > 0)
      const summary = await scanSnapshot(path)
      assert.equal(summary.fuzzy, true)
      assert.ok((result.collections[0]?.count ?? 0) >= 50_000)
      const aborter = new AbortController()
      aborter.abort(new Error('enough'))
      await assert.rejects(exportStoreAsync(store, join(folder, 'other'), { signal: aborter.signal }), /enough/)
      assert.deepEqual(readdirSync(folder), ['store.ferry.ndjson'])
    }))

  it('go on from the cursor of every page, in a plain and in a gzipped file', () =>
    withTemporaryFolder(async (folder) => {
      for (const name of ['s.ferry.ndjson', 's.ferry.ndjson.gz']) {
        const path = join(folder, name)
        exportStore(createStore(3500), path)
        const source = new SnapshotSource(path)
        const all = await readItems(source, 'spots')
        let seen = 0
        for await (const page of source.read('spots')) {
          seen += page.items.length
          const rest: Item[] = []
          for await (const next of new SnapshotSource(path).read('spots', { after: page.cursor })) rest.push(...next.items)
          assert.deepStrictEqual(rest, all.slice(seen))
        }
        assert.equal(seen, 3500)
      }
    }))
})

describe('spoolSource', () => {
  it('keeps unreadable places, and sets aside records a snapshot cannot hold', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'spool.ferry.ndjson')
      const items: Item[] = [
        { key: 'a', value: 1 },
        { unreadable: { raw: '{', reason: 'line 2: not JSON' } },
        { key: 'b', unreadable: { raw: '', reason: 'x' } },
        { key: 'c', value: () => 1 },
      ]
      const source: SourceAdapter = {
        name: 'test',
        volatile: true,
        describe: async () => [{ name: 'all', kind: 'map' }],
        fingerprint: async () => '',
        async *read() {
          yield { items, cursor: 1 }
        },
        close: async () => {},
      }
      await spoolSource(source, path, { now: 1 })
      const read = await readItems(new SnapshotSource(path), 'all')
      assert.deepEqual(read.slice(0, 3), items.slice(0, 3))
      assert.ok(read[3] !== undefined && 'unreadable' in read[3] && read[3].key === 'c')
      assert.equal((await checkSnapshot(path)).unreadable, 3)
    }))
})

describe('a damaged snapshot is refused', () => {
  const refuse = (what: string, damage: (bytes: Buffer) => Buffer, name = 's.ferry.ndjson') =>
    it(what, () =>
      withTemporaryFolder(async (folder) => {
        const path = join(folder, name)
        exportStore(createStore(100), path)
        writeFileSync(path, damage(readFileSync(path)))
        const refusal = name.endsWith('.gz') ? (error: unknown) => isFerryError(error) : invalid
        await assert.rejects(checkSnapshot(path), refusal)
        await assert.rejects(new SnapshotSource(path).fingerprint(), refusal)
      }),
    )

  refuse('when it is empty', () => Buffer.alloc(0))
  refuse('when it is not JSON', () => Buffer.from('spots\n'))
  refuse('when it is another JSON', () => Buffer.from('{"spots":[]}\n'))
  refuse('when it is of another version', (bytes) => Buffer.from(bytes.toString().replace('"$ferry":1', '"$ferry":2')))
  refuse('when only the first line is left', (bytes) => bytes.subarray(0, bytes.indexOf(10) + 1))
  refuse('when its end is missing', (bytes) => bytes.subarray(0, bytes.length - 1))
  refuse('when its last line is missing', (bytes) => bytes.subarray(0, bytes.lastIndexOf(10, -2) + 1))
  refuse('when a line is missing', (bytes) => Buffer.from(bytes.toString().replace(/\["spots","F50".*\n/, '')))
  refuse('when a value was changed', (bytes) => Buffer.from(bytes.toString().replace('"F50"', '"F51"')))
  refuse('when something follows its end', (bytes) => Buffer.concat([bytes, Buffer.from('x\n')]))
  refuse('when it is not UTF-8', (bytes) => Buffer.from(bytes.toString('latin1').replace('"id":"F50"', '"id":"\xff50"'), 'latin1'))
  refuse('when its gzip is cut', (bytes) => bytes.subarray(0, bytes.length - 20), 's.ferry.ndjson.gz')
  refuse(
    'when its gzip holds a changed value',
    (bytes) => gzipSync(gunzipSync(bytes).toString().replace('"F50"', '"F51"')),
    's.ferry.ndjson.gz',
  )

  it('when a line with a right checksum holds an unknown tag, and the line is named', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 's.ferry.ndjson')
      const body = '{"$ferry":1,"collections":[{"name":"a","kind":"map"}]}\n["a","k",{"$evil":1}]\n'
      const sha256 = createHash('sha256').update(body).digest('hex')
      const offset = body.indexOf('\n') + 1
      writeFileSync(
        path,
        `${body}{"$end":{"collections":[{"name":"a","count":1,"offset":${offset}}],"sha256":"${sha256}","exportedAt":1}}\n`,
      )
      await assert.rejects(checkSnapshot(path), (error) => isFerryError(error, 'FERRY_SNAPSHOT_INVALID') && /line 2/.test(error.message))
      await assert.rejects(readItems(new SnapshotSource(path), 'a'), invalid)
    }))

  it('when the read of one collection meets another count', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 's.ferry.ndjson')
      exportStore({ a: new Set([1, 2, 3]) }, path)
      writeFileSync(path, readFileSync(path).toString().replace('["a",2]\n', '').replace('"count":3}]}', '"count":3}] }'))
      await assert.rejects(readItems(new SnapshotSource(path), 'a'), invalid)
    }))
})
