import { type ChildProcess, spawn } from 'node:child_process'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FerryError } from '../core/errors.ts'
import { redactSecrets } from '../core/redact-secrets.ts'

/** A program and what it is given; passwords go by `env` or as `secret`, for every user of the host may read the command line. */
export interface ToolCall {
  readonly name: string
  readonly path: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** A text that the program finds in SECRET_FILE; not on Windows. */
  readonly secret?: string | undefined
}

/** Where a program reads its `secret`. */
export const SECRET_FILE = '/dev/fd/3'

/**
 * Node gives its children sockets, which cannot be opened by a name: the shell makes a pipe of what it reads there, and becomes the program.
 * Killed before all was sent, we leave it nothing, and it must not go on to connect as somebody else.
 */
const WITH_SECRET = 'secret=$(cat <&3) && [ -n "$secret" ] || exit 70\nexec "$0" "$@" 3<<SECRET\n$secret\nSECRET\n'

const KEPT_OUTPUT = 4_000

/** Runs a program whose output goes straight into a new file of mode 0600. @throws FERRY_BACKUP_FAILED when it ends badly */
export async function runToFile(call: ToolCall, path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await ended(call, start(call, ['ignore', file.fd, 'pipe']))
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Runs a program that reads `input` to its end, piece by piece. @throws FERRY_RESTORE_FAILED when it ends badly */
export async function runWithInput(call: ToolCall, input: AsyncIterable<string | Buffer> | Readable): Promise<void> {
  const child = start(call, ['pipe', 'ignore', 'pipe'])
  const { stdin } = child
  const fed = stdin === null ? Promise.resolve() : pipeline(input, stdin)
  // The program's own words say more than the broken pipe that follows them.
  const [end, feeding] = await Promise.allSettled([ended(call, child, 'FERRY_RESTORE_FAILED'), fed.catch((error) => kill(child, error))])
  if (feeding.status === 'rejected' && !isPipeError(feeding.reason)) throw feeding.reason
  if (end.status === 'rejected') throw end.reason
  if (feeding.status === 'rejected') throw feeding.reason
}

/** Runs a program and gives what it prints, up to a few thousand characters. @throws FERRY_BACKUP_FAILED when it ends badly */
export async function runForText(call: ToolCall): Promise<string> {
  const child = start(call, ['ignore', 'pipe', 'pipe'])
  const said = collect(child.stdout)
  await ended(call, child)
  return said()
}

/** Starts a program whose output another one reads; `done` settles with it. */
export function startSource(call: ToolCall): { readonly output: Readable; readonly done: Promise<void>; readonly stop: () => void } {
  const child = start(call, ['ignore', 'pipe', 'pipe'])
  if (child.stdout === null) throw new TypeError('a piped program has an output')
  return { output: child.stdout, done: ended(call, child, 'FERRY_RESTORE_FAILED'), stop: () => void child.kill() }
}

function start(call: ToolCall, stdio: ('ignore' | 'pipe' | number)[]): ChildProcess {
  const env = { ...process.env, LC_ALL: 'C', ...call.env }
  const options = { env, ...(call.signal === undefined ? {} : { signal: call.signal }) }
  if (call.secret === undefined) return spawn(call.path, call.args, { ...options, stdio })
  const child = spawn('/bin/sh', ['-c', WITH_SECRET, call.path, ...call.args], { ...options, stdio: [...stdio, 'pipe'] })
  const secret = child.stdio[3] as Writable | null | undefined
  secret?.on('error', () => {}) // the program's own end says why
  secret?.end(call.secret)
  return child
}

async function ended(
  call: ToolCall,
  child: ChildProcess,
  code: 'FERRY_BACKUP_FAILED' | 'FERRY_RESTORE_FAILED' = 'FERRY_BACKUP_FAILED',
): Promise<void> {
  const said = collect(child.stderr)
  const outcome = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'a signal'))
  }).catch((error: unknown) => {
    if (call.signal?.aborted === true) throw call.signal.reason
    throw error
  })
  if (outcome === 0) return
  const words = redactSecrets(said())
  if (/lock timeout|Lock wait timeout/i.test(words)) {
    throw new FerryError('FERRY_TARGET_LOCKED', `${call.name} waited too long for a lock of another connection`, {
      hint: 'Stop what uses the tables, then run the same command again.',
      cause: new Error(words),
    })
  }
  throw new FerryError(code, `${call.name} ended with ${outcome}`, {
    hint: `What it said is in the cause (shown by --verbose). A ${call.name} older than its server refuses to work: install the server's version.`,
    cause: new Error(words),
  })
}

/** Gathers the end of an output. */
function collect(stream: Readable | null): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-KEPT_OUTPUT)
  })
  return () => text.trim()
}

function kill(child: ChildProcess, error: unknown): never {
  child.kill()
  throw error
}

function isPipeError(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET'
}

/** The last bytes of a file as text. */
export async function readTail(path: string, bytes: number): Promise<string> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const { size } = await file.stat()
    const length = Math.min(size, bytes)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('latin1')
  } finally {
    await file?.close()
  }
}
