import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DIST } from './dist.ts'
import type { ProcessOutcome } from './run-process.ts'

const RUN_CLI = pathToFileURL(join(DIST, 'src/cli/run-cli.js')).href

/**
 * Runs one call of the built command in this process, as its `main.js` does: the same words, output and exit code, without the time that a new process takes to load.
 * One call at a time. What a folder's definition imports stays loaded: a test that rewrites a definition needs a process for the next call.
 */
export async function callFerry(folder: string, words: readonly string[]): Promise<ProcessOutcome> {
  const { runCli }: { runCli(words: readonly string[]): Promise<number> } = await import(RUN_CLI)
  const cwd = process.cwd()
  const [stdout, stderr, stdin] = [capture(process.stdout), capture(process.stderr), asPipe(process.stdin)]
  process.chdir(folder)
  try {
    const exitCode = await runCli(words)
    return { exitCode, stdout: stdout.said(), stderr: stderr.said() }
  } finally {
    process.chdir(cwd)
    for (const stream of [stdout, stderr, stdin]) stream.release()
  }
}

/** Keeps what is written to a stream, which looks like a pipe meanwhile. */
function capture(stream: NodeJS.WriteStream): { said(): string; release(): void } {
  let text = ''
  const listeners = stream.listeners('error')
  const pipe = asPipe(stream)
  const write = Object.getOwnPropertyDescriptor(stream, 'write')
  stream.write = (chunk: string | Uint8Array) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }
  return {
    said: () => text,
    release() {
      restore(stream, 'write', write)
      pipe.release()
      // a command listens for a reader that goes away until its process ends
      for (const listener of stream.listeners('error')) {
        if (!listeners.includes(listener)) stream.off('error', listener as (error: Error) => void)
      }
    },
  }
}

/** Lets a stream look like a pipe, also where the tests run in a terminal: commands paint and ask there. */
function asPipe(stream: object): { release(): void } {
  const kept = (['isTTY', 'columns'] as const).map((name) => [name, Object.getOwnPropertyDescriptor(stream, name)] as const)
  for (const [name] of kept) Object.defineProperty(stream, name, { value: undefined, configurable: true, writable: true })
  return {
    release() {
      for (const [name, descriptor] of kept) restore(stream, name, descriptor)
    },
  }
}

function restore(object: object, name: string, descriptor: PropertyDescriptor | undefined): void {
  if (descriptor === undefined) Reflect.deleteProperty(object, name)
  else Object.defineProperty(object, name, descriptor)
}
