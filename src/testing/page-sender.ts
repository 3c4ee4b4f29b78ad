import { pathToFileURL } from 'node:url'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { PageMessage, ReadRequest } from './read-in-new-process.ts'
import { renderItem } from './render-item.ts'

/** Program of the process that readInNewProcess starts: sends every page to its parent, each when the one before has gone out. */
async function sendPages(request: ReadRequest): Promise<void> {
  const { open }: { open: () => SourceAdapter | Promise<SourceAdapter> } = await import(pathToFileURL(request.module).href)
  const source = await open()
  for await (const page of source.read(request.collection, request.after === undefined ? {} : { after: request.after })) {
    await send({ items: page.items.map(renderItem), cursor: page.cursor })
  }
  await source.close()
}

function send(page: PageMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(page, (error: Error | null) => (error === null ? resolve() : reject(error)))
  })
}

const [request] = process.argv.slice(2)
// Only as a program with its parent listening; an import of this module does nothing.
if (request !== undefined && process.send !== undefined && process.argv[1]?.includes('page-sender')) {
  await sendPages(JSON.parse(request))
  process.disconnect()
}
