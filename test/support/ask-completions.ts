import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PROJECT_ROOT } from './project-root.ts'

interface Message {
  readonly id?: number
  readonly method?: string
  readonly result?: unknown
}

/**
 * What an editor offers at each `^` of a TypeScript text, asked of TypeScript's own language server, which speaks the Language Server Protocol
 * (https://microsoft.github.io/language-server-protocol/). The text is written to `path`, below the project.
 */
export async function askCompletions(path: string, marked: string): Promise<readonly (readonly string[])[]> {
  const text = marked.replaceAll('^', '')
  writeFileSync(path, text)
  const uri = pathToFileURL(path).href
  const server = openServer()
  try {
    await server.ask('initialize', { processId: process.pid, rootUri: pathToFileURL(PROJECT_ROOT).href, capabilities: {} })
    server.tell('initialized', {})
    server.tell('textDocument/didOpen', { textDocument: { uri, languageId: 'typescript', version: 1, text } })
    const offered: string[][] = []
    for (const position of placesOf(marked)) {
      const found = (await server.ask('textDocument/completion', { textDocument: { uri }, position })) as {
        items?: { label: string }[]
      } | null
      offered.push((found?.items ?? []).map(({ label }) => label))
    }
    return offered
  } finally {
    server.close()
  }
}

/** Lines hold one mark each, or none. */
function placesOf(marked: string): readonly { line: number; character: number }[] {
  return marked.split('\n').flatMap((text, line) => (text.includes('^') ? [{ line, character: text.indexOf('^') }] : []))
}

function openServer() {
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'node_modules/typescript/bin/tsc'), '--lsp', '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting = new Map<number, (answer: unknown) => void>()
  let heard = Buffer.alloc(0)
  let asked = 0
  const say = (message: object) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  const take = ({ id, method, result }: Message) => {
    if (id === undefined) return
    // the server's own questions, such as for settings, get an empty answer
    if (method !== undefined) say({ id, result: method === 'workspace/configuration' ? [{}] : null })
    else waiting.get(id)?.(result)
  }
  child.stdout.on('data', (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk])
    for (;;) {
      const head = heard.indexOf('\r\n\r\n')
      const length = Number(/content-length: *(\d+)/i.exec(heard.toString('latin1', 0, Math.max(head, 0)))?.[1] ?? Number.NaN)
      if (head < 0 || !(heard.length >= head + 4 + length)) return
      take(JSON.parse(heard.toString('utf8', head + 4, head + 4 + length)) as Message)
      heard = heard.subarray(head + 4 + length)
    }
  })
  return {
    tell: (method: string, params: object) => say({ method, params }),
    ask: (method: string, params: object) =>
      new Promise<unknown>((resolve) => {
        asked += 1
        waiting.set(asked, resolve)
        say({ id: asked, method, params })
      }),
    close: () => void child.kill(),
  }
}
