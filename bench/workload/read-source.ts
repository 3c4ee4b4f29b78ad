import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Collection, Workload } from './workload.ts'

type Key = string | number
/** Takes one record of a collection. */
export type Take = (value: unknown, key: Key) => void

/** Reads the source as fast as a plain script can: split on bytes, parsed, handed on. A collection that `takers` does not have is passed over. */
export async function takeAll(workload: Workload, source: string, takers: ReadonlyMap<string, Take>): Promise<void> {
  if (workload.form === 'snapshot') {
    return eachLine(source, (text) => {
      const found = parseSnapshotLine(text)
      if (found !== undefined) takers.get(found.name)?.(found.value, found.key)
    })
  }
  for (const [name, take] of takers) {
    await eachLine(join(source, `${name}.ndjson`), (text) => {
      const value = JSON.parse(text)
      take(value, value.id)
    })
  }
}

/** The same as most scripts do it, by readline. */
export async function* readAll(
  workload: Workload,
  source: string,
  collections: readonly Collection[],
): AsyncGenerator<{ readonly collection: Collection; readonly key: Key; readonly value: unknown }> {
  if (workload.form === 'snapshot') {
    for await (const line of readLines(source)) {
      const found = parseSnapshotLine(line)
      const collection = collections.find(({ name }) => name === found?.name)
      if (found !== undefined && collection !== undefined) yield { collection, key: found.key, value: found.value }
    }
    return
  }
  for (const collection of collections) {
    for await (const line of readLines(join(source, `${collection.name}.ndjson`))) {
      const value = JSON.parse(line)
      yield { collection, key: value.id, value }
    }
  }
}

function readLines(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path) })
}

/** `["spots","F1-B1-S001",{...}]`; the first and the last line of a snapshot are objects. */
function parseSnapshotLine(text: string): { readonly name: string; readonly key: Key; readonly value: unknown } | undefined {
  const parsed = JSON.parse(text)
  return Array.isArray(parsed) ? { name: parsed[0], key: parsed[1], value: parsed[2] } : undefined
}

async function eachLine(path: string, take: (text: string) => void): Promise<void> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, at)) {
      take(bytes.toString('utf8', at, end))
      at = end + 1
    }
    rest = bytes.subarray(at)
  }
}
