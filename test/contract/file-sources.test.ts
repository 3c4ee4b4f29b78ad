import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { openSource } from '../../adapters/open-source.ts'
import type { Item } from '../../src/adapter.ts'
import { exportStore } from '../../src/snapshot/export-store.ts'
import { type AdapterContract, describeAdapterContract } from '../../src/testing/adapter-contract.ts'

const spots = Array.from({ length: 2300 }, (_, index) => ({
  id: `F1-S${index}`,
  floor: 1,
  at: '2025-09-01T08:30:00.172Z',
  features: ['ev', index],
}))
const wide = { $date: 'no tag', '': null, text: 'İST 34 "Q" \u2028', list: [], object: { __name: 1 } }
const plain: readonly Item[] = [
  { key: '00123', value: wide },
  { key: '1E10', value: { n: 9007199254740993n } },
  { key: 'NULL', value: { n: 0.30000000000000004 } },
]
const plainJson = (value: unknown) => JSON.stringify(value).replace('"9007199254740993n"', '9007199254740993')
const plainValues = plain.map((item) => ('value' in item ? [item.key, { ...(item.value as object) }] : [])) as [
  string,
  Record<string, unknown>,
][]
const printable = plainValues.map(([key, value]) => [key, typeof value.n === 'bigint' ? { n: '9007199254740993n' } : value])

/** One way to keep a store in files: `path` is opened, `change` is what an app's next save does to it. */
interface Form {
  readonly name: string
  readonly write: (folder: string) => string
  readonly expected: readonly Item[]
  readonly duplicates?: AdapterContract['duplicates']
  readonly killed?: true
  /** Writes a source of more than 160 MB. */
  readonly large?: (folder: string) => string
}

const store = (count: number) => ({
  spots: new Map(spots.slice(0, count).map((spot) => [spot.id, { ...spot, at: new Date(spot.at) }])),
  odd: new Map<unknown, unknown>([
    [1, new Map([['1', new Set([1n, undefined])]])],
    ['1', Buffer.from('x')],
    [2n, [-0, Number.NaN]],
    [['a', 1], { toJSON: 1, $x: 1 }],
  ]),
  members: new Set(['b', 'a', 1, '1']),
})
const oddItems: readonly Item[] = [...store(0).odd].map(([key, value]) => ({ key: key as Item['key'] & string, value }))

const snapshot = (name: string): Form => ({
  name: `a snapshot as ${name}`,
  write: (folder) => exportStore(store(2300), join(folder, name)).path,
  expected: oddItems,
})

const file = (name: string, text: string) => (folder: string) => {
  writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text)
  return join(folder, name)
}

const entries = plainJson({ spots: spots.map((spot) => [spot.id, spot]), odd: printable, members: ['b', 'a', 'b'] })
const keyed = plainJson({
  spots: Object.fromEntries(spots.map((spot) => [spot.id, spot])),
  odd: Object.fromEntries(printable),
  members: ['b', 'a', 'b'],
})
const ndjson = {
  spots: spots.map((spot) => JSON.stringify(spot)).join('\n'),
  odd: `${printable.map(([key, value]) => plainJson({ _key: key, ...(value as object) })).join('\n')}\n`,
  members: '"b"\n"a"\n\n"b"\n',
}
const ndjsonFolder = (suffix: string) => (folder: string) => {
  for (const [name, text] of Object.entries(ndjson)) file(`${name}.ndjson${suffix}`, text)(folder)
  return folder
}
const backup = (folder: string) => {
  file('memorystore-spots.json', JSON.stringify(spots.map((spot) => [spot.id, JSON.stringify(spot)])))(folder)
  file('memorystore-odd.json', JSON.stringify(printable.map(([key, value]) => [key, plainJson(value)])))(folder)
  return folder
}

const twice = { collection: 'members', key: 'b' }
const FORMS: readonly Form[] = [
  { ...snapshot('store.ferry.ndjson'), killed: true, large: writeLargeSnapshot },
  { ...snapshot('store.ferry.ndjson.gz'), killed: true },
  { name: 'a JSON dump of entries', write: file('maps.json', entries), expected: plain, duplicates: twice },
  { name: 'a gzipped JSON dump', write: file('maps.json.gz', entries), expected: plain, duplicates: twice },
  { name: 'a keyed JSON dump', write: file('keyed.json', keyed), expected: plain, duplicates: twice },
  { name: 'a folder of NDJSON', write: ndjsonFolder(''), expected: plain, duplicates: twice, killed: true, large: writeLargeNdjson },
  { name: 'a folder of gzipped NDJSON', write: ndjsonFolder('.gz'), expected: plain, duplicates: twice },
  { name: 'a folder of JSON in JSON', write: backup, expected: plain },
]

for (const form of FORMS) {
  const folder = join(mkdtempSync(join(tmpdir(), 'ferry-contract-')), 'source')
  describe(`contract over ${form.name}`, () => {
    let path = ''
    before(() => {
      mkdirSync(folder)
      path = form.write(folder)
      process.env.FERRY_TEST_SOURCE = path
    })
    after(() => {
      delete process.env.FERRY_TEST_SOURCE
      rmSync(join(folder, '..'), { recursive: true, force: true })
    })
    describeAdapterContract({ describe, it }, form.name, {
      open: () => openSource(path),
      mutate: () => change(path),
      expected: { collection: 'odd', items: form.expected },
      ...(form.duplicates ? { duplicates: form.duplicates } : {}),
      // A process for each page is slow to start, so not for every spelling of one format.
      ...(form.killed ? { module: fileURLToPath(new URL('../support/open-test-source.ts', import.meta.url)) } : {}),
      ...(form.large
        ? { large: { open: () => openSource(form.large?.(folder) ?? ''), collection: 'large', maxGrowthBytes: 80 << 20 } }
        : {}),
    })
  })
}

/** The next save of the app: one record has another value. */
function change(path: string): void {
  if (/\.ferry\./.test(path)) {
    exportStore(store(2299), path)
    return
  }
  const target = /\.json(\.gz)?$/.test(path) ? path : undefined
  for (const file of target === undefined
    ? ['spots.ndjson', 'spots.ndjson.gz', 'memorystore-spots.json'].map((name) => join(path, name))
    : [target]) {
    try {
      const bytes = readFileSync(file)
      const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().replace('F1-S7', 'F1-S7x')
      writeFileSync(file, file.endsWith('.gz') ? gzipSync(text) : text)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
}

/** Each record is the same object, so writing costs little memory of its own. */
function writeLargeSnapshot(folder: string): string {
  const record = { text: 'x'.repeat(20_000) }
  return exportStore(
    { large: new Map(Array.from({ length: 9000 }, (_, index) => [index, record])) },
    join(folder, '..', 'large.ferry.ndjson'),
  ).path
}

function writeLargeNdjson(folder: string): string {
  const path = join(folder, '..', 'large.ndjson')
  const fd = openSync(path, 'w')
  const text = 'x'.repeat(20_000)
  for (let index = 0; index < 9000; index += 1) writeSync(fd, `{"id":${index},"text":"${text}"}\n`)
  closeSync(fd)
  return path
}
