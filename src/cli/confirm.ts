import { FerryError } from '../core/errors.ts'
import type { Io } from './io.ts'
import { usageError } from './usage-error.ts'

export interface ConfirmOptions {
  /** `--yes` was given. */
  readonly yes: boolean
  /** What is given up cannot be had back: where nobody can be asked, `--yes` must be given. */
  readonly final?: boolean
  /** Where the answer comes from and the question goes to; default: this process's own. */
  readonly terminal?: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream }
}

/**
 * Asks a person before something is given up. Without a person there is no question: the call itself is the answer, unless it is final.
 * @throws FERRY_CLI_USAGE when the answer is not yes; FERRY_RUN_INTERRUPTED for Ctrl-C, or an end of input, instead of an answer
 */
export async function confirm(io: Io, question: string, options: ConfirmOptions): Promise<void> {
  if (options.yes) return
  if (!io.canAsk) {
    if (options.final !== true) return
    throw usageError('this needs --yes where nobody can be asked, so nothing was done', question)
  }
  const answer = await ask(`${question} [y/N] `, options.terminal ?? { input: process.stdin, output: process.stderr })
  if (/^y(es)?$/i.test(answer.trim())) return
  throw usageError('not confirmed, so nothing was done', 'answer y, or give --yes')
}

async function ask(question: string, streams: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream }): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const reader = createInterface({ ...streams, terminal: true })
  try {
    // At its end of input, Ctrl-D, a reader closes and leaves the question open.
    const closed = new Promise<never>((_, reject) => reader.once('close', () => reject(new Error('closed'))))
    return await Promise.race([reader.question(question), closed])
  } catch (cause) {
    streams.output.write('\n')
    throw new FerryError('FERRY_RUN_INTERRUPTED', 'not answered, so nothing was done', { hint: 'Answer y, or give --yes.', cause })
  } finally {
    reader.close()
  }
}
