import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Cursor } from '../core/record.ts'

/** What the new process is asked; as its only argument, in JSON. */
export interface ReadRequest {
  /** Absolute path of a module that exports `open()`. */
  readonly module: string
  readonly collection: string
  readonly after?: Cursor
}

/** One page, as the new process sends it. */
export interface PageMessage {
  readonly items: readonly string[]
  readonly cursor: Cursor
}

/**
 * Reads a collection in a new process, which is killed with SIGKILL when it has sent `pages` pages.
 * Resolves with the items as text and the cursor of the last page that arrived.
 */
export async function readInNewProcess(
  module: string,
  options: { readonly collection: string; readonly pages: number; readonly after?: Cursor },
): Promise<{ items: string[]; cursor: Cursor | undefined }> {
  const { collection, pages, after } = options
  const request: ReadRequest = { module, collection, ...(after === undefined ? {} : { after }) }
  const items: string[] = []
  let cursor = after
  let received = 0
  await new Promise<void>((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url.replace(/read-in-new-process(\.[jt]s)$/, 'page-sender$1')), [JSON.stringify(request)])
    child.on('message', (page: PageMessage) => {
      if (received >= pages) return
      received += 1
      items.push(...page.items)
      cursor = page.cursor
      if (received >= pages) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve()
      else reject(new Error(`the reading process ended with ${code ?? signal}`))
    })
  })
  return { items, cursor }
}
