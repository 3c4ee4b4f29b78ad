import { closeSync, createReadStream, existsSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { RunEvent } from '../core/events.ts'
import { redactSecrets } from '../core/redact-secrets.ts'

/** Name of the log in a run's folder. */
export const EVENTS_FILE = 'events.ndjson'

/** After these the log is forced to disk, so that a power cut loses at most the lines of one phase. */
const DURABLE: ReadonlySet<RunEvent['type']> = new Set(['run:started', 'phase:finished', 'step:finished', 'run:finished'])

export interface EventLog {
  /** Appends one line. Never throws: a full disk must not stop a run that can still commit; `failure` then tells. */
  write(event: RunEvent): void
  /** The first error of a write, where there was one. */
  readonly failure: unknown
  /** Forces the log to disk and closes it. Idempotent, never throws. */
  close(): void
}

/** Opens a run's event log for appending; makes the folder (mode 0700). A line cut by a kill is ended first. @throws the system's error when the folder cannot be made */
export function openEventLog(folder: string): EventLog {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = openSync(join(folder, EVENTS_FILE), 'a+', 0o600)
  let open = true
  let failure: unknown
  const attempt = (write: () => void) => {
    try {
      write()
    } catch (error) {
      failure ??= error
    }
  }
  attempt(() => endCutLine(file))
  return {
    get failure() {
      return failure
    },
    write(event) {
      if (!open) return
      attempt(() => {
        writeSync(file, `${JSON.stringify(event, (_name, value: unknown) => (typeof value === 'string' ? redactSecrets(value) : value))}\n`)
        if (DURABLE.has(event.type)) fsyncSync(file)
      })
    },
    close() {
      if (!open) return
      open = false
      attempt(() => fsyncSync(file))
      attempt(() => closeSync(file))
    },
  }
}

function endCutLine(file: number): void {
  const { size } = fstatSync(file)
  if (size === 0) return
  const last = Buffer.alloc(1)
  readSync(file, last, 0, 1, size - 1)
  if (last[0] !== 10) writeSync(file, '\n')
}

/** The events of a run's folder, in order; lines cut by a kill are left out, a missing log is empty. One line in memory at a time. */
export async function* readEvents(folder: string): AsyncGenerator<RunEvent> {
  const path = join(folder, EVENTS_FILE)
  if (!existsSync(path)) return
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    const event = parseEvent(line)
    if (event !== undefined) yield event
  }
}

function parseEvent(line: string): RunEvent | undefined {
  try {
    const event: unknown = JSON.parse(line)
    if (event !== null && typeof event === 'object' && 'type' in event && 'at' in event) return event as RunEvent
  } catch {
    // a line that a kill cut short
  }
  return undefined
}
