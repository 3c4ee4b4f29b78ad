import type { Io } from './io.ts'
import { usageError } from './usage-error.ts'

export interface ConfirmOptions {
  /** `--yes` was given. */
  readonly yes: boolean
  /** What is given up cannot be had back: where nobody can be asked, `--yes` must be given. */
  readonly final?: boolean
}

/**
 * Asks a person before something is given up. Without a person there is no question: the call itself is the answer, unless it is final.
 * @throws FERRY_CLI_USAGE when the answer is not yes
 */
export async function confirm(io: Io, question: string, options: ConfirmOptions): Promise<void> {
  if (options.yes) return
  if (!io.canAsk) {
    if (options.final !== true) return
    throw usageError('this needs --yes where nobody can be asked, so nothing was done', question)
  }
  const { createInterface } = await import('node:readline/promises')
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await reader.question(`${question} [y/N] `)
    if (/^y(es)?$/i.test(answer.trim())) return
  } finally {
    reader.close()
  }
  throw usageError('not confirmed, so nothing was done', 'answer y, or give --yes')
}
