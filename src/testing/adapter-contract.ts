import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { renderKey } from '../core/canonical-value.ts'
import { isFerryError } from '../core/errors.ts'
import type { Cursor, Item, Page } from '../core/record.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { readInNewProcess } from './read-in-new-process.ts'
import { renderItem } from './render-item.ts'

/** The functions of the test framework: those of mocha, vitest, jest and node:test all fit. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => void
  readonly it: (name: string, body: () => Promise<void>) => void
}

/** What a suite needs to know of one adapter. */
export interface AdapterContract {
  /** A new adapter over the same source at each call. At least one collection should hold more than one page. */
  readonly open: () => SourceAdapter | Promise<SourceAdapter>
  /** Changes one record of the source, as its users do. */
  readonly mutate: () => void | Promise<void>
  /** What some collection must hold, item by item: proves that keys and types survive. */
  readonly expected?: { readonly collection: string; readonly items: readonly Item[] }
  /** A collection with two records of one key: both must be given, so that a run can report the second. */
  readonly duplicates?: { readonly collection: string; readonly key: Item['key'] }
  /** Absolute path of a module whose `open()` export does what `open` does; where given, a reader in another process is killed and followed by a new one. */
  readonly module?: string
  /** A collection at least twice as large as `maxGrowthBytes`, which is how much memory may be held more while it is read. */
  readonly large?: {
    readonly open: () => SourceAdapter | Promise<SourceAdapter>
    readonly collection: string
    readonly maxGrowthBytes: number
  }
}

/** Describes, in the words of any test framework, what every source adapter must do. */
export function describeAdapterContract(framework: TestFramework, name: string, contract: AdapterContract): void {
  const { describe, it } = framework
  describe(`${name} keeps the contract of source adapters`, () => {
    it('describes collections with names of their own, and counts that are true', () => withSource(contract, checkDescription))
    it('gives the same items in the same order at every read', () => withSource(contract, checkStable))
    it('gives exactly the rest after the cursor of every page, in a new adapter too', () => withSource(contract, checkResume))
    it('bounds its pages', () => withSource(contract, checkPages))
    it('has cursors that JSON can hold', () => withSource(contract, checkCursors))
    it('outlines its pages as it reads them, and opens again elsewhere, where it can', () => withSource(contract, checkOutline))
    it('obeys an abort, with its reason', () => withSource(contract, checkAbort))
    it('can be left in the middle of a read', () => withSource(contract, checkLeave))
    it('refuses a collection it does not have', () => withSource(contract, checkUnknown))
    it('closes more than once', () => checkClose(contract))
    if (contract.expected) it('gives keys and values with their types', () => withSource(contract, checkExpected))
    if (contract.duplicates) it('gives both records of a key that stands twice', () => withSource(contract, checkDuplicates))
    if (contract.module) it('gives the rest to a new process when its reader is killed after any page', () => checkKilled(contract))
    if (contract.large) it('reads a large collection in flat memory', () => checkMemory(contract))
    it('has the same fingerprint until the source changes', () => checkFingerprint(contract))
  })
}

type Check = (source: SourceAdapter, contract: AdapterContract) => Promise<void>

async function withSource(contract: AdapterContract, check: Check): Promise<void> {
  const source = await contract.open()
  try {
    await check(source, contract)
  } finally {
    await source.close()
  }
}

async function checkDescription(source: SourceAdapter): Promise<void> {
  const collections = await source.describe()
  assert.ok(collections.length > 0, 'the source describes no collection')
  assert.equal(new Set(collections.map((collection) => collection.name)).size, collections.length)
  for (const { name, count } of collections) {
    if (count !== undefined) assert.equal((await readItems(source, name)).length, count, `count of ${name}`)
  }
}

async function checkStable(source: SourceAdapter): Promise<void> {
  for (const { name } of await source.describe()) {
    assert.deepEqual((await readItems(source, name)).map(renderItem), (await readItems(source, name)).map(renderItem))
  }
}

async function checkResume(source: SourceAdapter, contract: AdapterContract): Promise<void> {
  for (const { name } of await source.describe()) {
    const all = (await readItems(source, name)).map(renderItem)
    let seen = 0
    for await (const page of source.read(name)) {
      seen += page.items.length
      const cursor: Cursor = JSON.parse(JSON.stringify(page.cursor))
      await withSource(contract, async (reopened) => {
        assert.deepEqual((await readItems(reopened, name, cursor)).map(renderItem), all.slice(seen), `${name} after ${seen}`)
      })
    }
    assert.equal(seen, all.length)
  }
}

async function checkPages(source: SourceAdapter): Promise<void> {
  for (const { name } of await source.describe()) {
    for await (const page of source.read(name)) {
      assert.ok(page.items.length > 0, `an empty page in ${name}`)
      assert.ok(page.items.length <= 1000, `a page of ${page.items.length} items in ${name}`)
    }
  }
}

async function checkCursors(source: SourceAdapter): Promise<void> {
  for (const { name } of await source.describe()) {
    for await (const { cursor } of source.read(name)) {
      assert.ok(cursor !== null, 'null means the beginning')
      assert.deepEqual(JSON.parse(JSON.stringify(cursor)), cursor)
      assert.ok(JSON.stringify(cursor).length < 4096, 'a cursor is small')
    }
  }
}

async function checkOutline(source: SourceAdapter): Promise<void> {
  for (const { name } of await source.describe()) {
    if ((await source.outline?.(name)) === undefined) continue
    const { reopening } = source
    assert.ok(reopening, 'a source that outlines its pages tells how it is opened again')
    const Adapter = (await import(reopening.module))[reopening.name]
    const again: SourceAdapter = new Adapter(structuredClone(reopening.options))
    let from: Cursor | undefined
    for await (const { items, bytes, cursor } of source.read(name)) {
      const outline = await source.outline?.(name, from === undefined ? {} : { after: from })
      for await (const first of outline ?? []) {
        assert.deepEqual(first, { items: items.length, bytes, cursor }, `${name} after ${JSON.stringify(from)}`)
        break
      }
      for await (const page of again.read(name, from === undefined ? {} : { after: from })) {
        assert.deepEqual(page.items.map(renderItem), items.map(renderItem))
        break
      }
      from = cursor
    }
    await again.close()
  }
}

async function checkAbort(source: SourceAdapter): Promise<void> {
  const name = await largestCollection(source)
  const reason = new Error('stop here')
  await assert.rejects(readItems(source, name, undefined, AbortSignal.abort(reason)), (error) => error === reason)
  const aborter = new AbortController()
  let pages = 0
  const reading = (async () => {
    for await (const page of source.read(name, { signal: aborter.signal })) {
      pages += page.items.length > 0 ? 1 : 0
      aborter.abort(reason)
    }
  })()
  // A source of a single page may end before it looks at the signal again.
  await reading.catch((error: unknown) => assert.equal(error, reason))
  assert.equal(pages, 1)
}

async function checkLeave(source: SourceAdapter): Promise<void> {
  const name = await largestCollection(source)
  for await (const page of source.read(name)) {
    assert.ok(page.items.length > 0)
    break
  }
  assert.ok((await readItems(source, name)).length > 0)
}

async function checkUnknown(source: SourceAdapter): Promise<void> {
  const isRefusal = (error: unknown) => isFerryError(error, 'FERRY_SOURCE_NO_COLLECTION')
  await assert.rejects(readItems(source, 'no such collection'), isRefusal)
  await assert.rejects(readItems(source, '__proto__'), isRefusal)
}

async function checkClose(contract: AdapterContract): Promise<void> {
  const untouched = await contract.open()
  await untouched.close()
  const source = await contract.open()
  await source.describe()
  await source.close()
  await source.close()
}

async function checkExpected(source: SourceAdapter, contract: AdapterContract): Promise<void> {
  const { collection = '', items = [] } = contract.expected ?? {}
  assert.deepEqual((await readItems(source, collection)).map(renderItem), items.map(renderItem))
}

async function checkDuplicates(source: SourceAdapter, contract: AdapterContract): Promise<void> {
  const { collection = '', key } = contract.duplicates ?? {}
  const wanted = key === undefined ? undefined : renderKey(key)
  const found = (await readItems(source, collection)).filter((item) => item.key !== undefined && renderKey(item.key) === wanted)
  assert.ok(found.length >= 2, `the key stands ${found.length} times`)
}

async function checkKilled(contract: AdapterContract): Promise<void> {
  const { module = '' } = contract
  const source = await contract.open()
  const name = await largestCollection(source)
  const all = (await readItems(source, name)).map(renderItem)
  await source.close()
  const got: string[] = []
  let cursor: Cursor | undefined
  for (let reader = 0; got.length < all.length && reader < 8; reader += 1) {
    // Every reader but the last is killed by SIGKILL after its next page; the last reads to the end.
    const pages = reader < 7 ? 1 : Number.POSITIVE_INFINITY
    const read = await readInNewProcess(module, { collection: name, pages, ...(cursor === undefined ? {} : { after: cursor }) })
    got.push(...read.items)
    cursor = read.cursor
  }
  assert.deepEqual(got, all)
}

async function checkMemory(contract: AdapterContract): Promise<void> {
  if (contract.large === undefined) return
  const { open, collection, maxGrowthBytes } = contract.large
  const source = await open()
  const collect = openCollector()
  try {
    const before = measureLive(collect)
    let peak = before
    let pages = 0
    for await (const page of source.read(collection)) {
      pages += 1
      if (page.items.length > 0 && pages % PAGES_BETWEEN === 0) peak = Math.max(peak, measureLive(collect))
    }
    assert.ok(peak - before <= maxGrowthBytes, `memory grew by ${peak - before} bytes`)
  } finally {
    await source.close()
  }
}

const PAGES_BETWEEN = 16

/** Bytes that are held, in the heap and outside it: what the collector has not come to yet depends on the machine. */
function measureLive(collect: () => void): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The collector, which Node hides unless it is asked for (https://nodejs.org/api/v8.html#v8setflagsfromstringflags). */
function openCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  return () => {
    if (typeof collect === 'function') collect()
  }
}

async function checkFingerprint(contract: AdapterContract): Promise<void> {
  const read = async () => {
    const source = await contract.open()
    try {
      return { fingerprint: await source.fingerprint(), stamp: await source.stamp?.() }
    } finally {
      await source.close()
    }
  }
  const before = await read()
  assert.deepEqual(await read(), before)
  await contract.mutate()
  const after = await read()
  assert.notEqual(after.fingerprint, before.fingerprint)
  if (before.stamp !== undefined) assert.notEqual(after.stamp, before.stamp)
}

async function largestCollection(source: SourceAdapter): Promise<string> {
  let largest = { name: '', items: -1 }
  for (const { name } of await source.describe()) {
    const items = (await readItems(source, name)).length
    if (items > largest.items) largest = { name, items }
  }
  return largest.name
}

async function readItems(source: SourceAdapter, collection: string, after?: Cursor, signal?: AbortSignal): Promise<Item[]> {
  const items: Item[] = []
  const pages: AsyncIterable<Page> = source.read(collection, {
    ...(after === undefined ? {} : { after }),
    ...(signal === undefined ? {} : { signal }),
  })
  for await (const page of pages) items.push(...page.items)
  return items
}
