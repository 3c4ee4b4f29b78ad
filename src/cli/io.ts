import { Chalk, type ChalkInstance } from 'chalk'

/** Everything a command may know of the process it runs in. */
export interface Io {
  /** One line (or several) to stdout: results. Never throws, also when the reader has gone. */
  out(text: string): void
  /** One line to stderr: progress, questions, errors. */
  err(text: string): void
  readonly json: boolean
  readonly verbose: boolean
  /** stderr is a terminal: progress may move. */
  readonly isTerminal: boolean
  /** A person is there to answer. */
  readonly canAsk: boolean
  /** Colours of stdout; plain where it is no terminal. */
  readonly paint: ChalkInstance
  readonly cwd: string
}

export interface IoOptions {
  readonly json: boolean
  readonly verbose: boolean
  readonly noColor: boolean
}

/** The Io of this process. A reader that went away (`ferry plan | head`) ends the output, never the work. */
export function openProcessIo(options: IoOptions): Io {
  const isColoured = decideColour(options.noColor)
  return {
    out: openLineWriter(process.stdout),
    err: openLineWriter(process.stderr),
    json: options.json,
    verbose: options.verbose,
    isTerminal: process.stderr.isTTY === true && process.env.TERM !== 'dumb',
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true && !options.json,
    paint: new Chalk({ level: isColoured ? 1 : 0 }),
    cwd: process.cwd(),
  }
}

/** https://no-color.org, and FORCE_COLOR as Node understands it. */
function decideColour(noColor: boolean): boolean {
  if (noColor || (process.env.NO_COLOR ?? '') !== '') return false
  const force = process.env.FORCE_COLOR
  if (force !== undefined) return force !== '0' && force !== 'false'
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb'
}

function openLineWriter(stream: NodeJS.WriteStream): (text: string) => void {
  let open = true
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') open = false
    else throw error
  })
  return (text) => {
    if (open) stream.write(`${text}\n`)
  }
}

/** Waits until all that was written has left the process. */
export async function flushOutput(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0 && !stream.destroyed) {
      await new Promise<void>((resolve) => {
        stream.once('error', () => resolve())
        stream.write('', () => resolve())
      })
    }
  }
}
