import { mkdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Report } from '../core/events.ts'
import type { ReadOptions, SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedMapping, ResolvedTransfer } from '../definition/transfer.ts'
import type { Target } from '../target/target.ts'
import type { PreparedSteps } from '../transform/compile-steps.ts'
import { openWorkers, type Workers } from '../workers/open-workers.ts'

const MOST_WORKERS = 4
/** Items from which a step pays for the start of threads. */
const WORKERS_FROM_ITEMS = 50_000

/** Whether and when threads are used. */
export interface WorkerOptions {
  /** File whose default export is the transfer: lets worker threads load it. Without it, this thread does everything. */
  readonly definitionFile?: string
  /** Threads that read, check and transform ahead, beside the run's own; default one for each processor but the first, at most 4; 0: none. */
  readonly workers?: number
  /** Items from which a step is given to worker threads; default 50,000. */
  readonly workersFrom?: number
}

export interface WorkersPlace {
  readonly options: WorkerOptions
  readonly transfer: ResolvedTransfer
  readonly source: SourceAdapter
  readonly target: Target
  readonly report: Report
  /** The run's folder; without it nothing can be packed. */
  readonly folder?: string
}

/** The source's fingerprint, which a thread makes while others read the source. */
export interface SourceHash {
  /** Of the source when it was begun with. */
  readonly stamp: string
  /** Whether there is nothing left to wait for. */
  readonly isMade: boolean
  /** undefined: somebody has written to the source since. */
  take(): Promise<string | undefined>
}

/** The threads of one run: started when they are first needed, or before, ended with it. */
export interface RunWorkers {
  /** Whether there can be any. */
  readonly possible: boolean
  readonly fromItems: number
  open(): Workers | undefined
  /** Opens them ahead of a step that will need them: a thread takes a third of a second to be ready. */
  openEarly(): Promise<void>
  /** Lets threads that are open already compile the first step that will need them, once. */
  warm(prepared: PreparedSteps): void
  /** Lets a thread that is open begin with the source's fingerprint. undefined: there is none, or nobody could tell that the source was written to meanwhile. */
  hashSource(): Promise<SourceHash | undefined>
  /** A path for packed rows of this thread; its folder is made. undefined: there is no folder of the run. */
  ownFile(): string | undefined
  /** Idempotent. */
  close(): Promise<void>
}

export function createRunWorkers({ options, transfer, source, target, report, folder }: WorkersPlace): RunWorkers {
  const count = options.workers ?? Math.min(MOST_WORKERS, availableParallelism() - 1)
  const { definitionFile } = options
  const { reopening } = source
  // Where packed rows stand until they are copied.
  const files = folder === undefined ? undefined : join(folder, 'workers')
  const onUnable = (why: string) =>
    report({ type: 'notice', text: `a worker thread cannot go on, its batches are done without it: ${why}` })
  const fromItems = options.workersFrom ?? WORKERS_FROM_ITEMS
  let workers: Workers | undefined
  /** Mapping of the first step that needs them, as far as is known. */
  let first: string | undefined
  let isWarm = false
  const open = () => {
    if (count < 1 || definitionFile === undefined || reopening === undefined) return undefined
    workers ??= openWorkers(
      { definitionFile, definitionHash: transfer.hash, source: reopening, engine: target.engine },
      { count, transfer, ...(files === undefined ? {} : { folder: files }), onUnable },
    )
    return workers
  }
  const possible = count > 0 && definitionFile !== undefined && reopening !== undefined
  return {
    possible,
    fromItems,
    open,
    async openEarly() {
      if (!possible) return
      for (const mapping of transfer.mappings) {
        if (!mayPack(mapping) || !(await holdsMany(source, mapping.from, fromItems))) continue
        first = mapping.name
        open()
        return
      }
    },
    warm({ order, tables, idBases }) {
      const step = order.steps.find(({ kind, mapping }) => kind === 'load' && mapping === first)
      if (step === undefined || isWarm) return
      isWarm = true
      workers?.prepare({ number: step.number, tables, idBases: new Map([[step.mapping, idBases.get(step.mapping) ?? 1n]]) })
    },
    async hashSource() {
      const stamp = await source.stamp?.()
      return stamp === undefined || workers === undefined ? undefined : hashAhead(source, { stamp, workers })
    },
    ownFile() {
      if (files === undefined) return undefined
      mkdirSync(files, { recursive: true })
      return join(files, 'own')
    },
    async close() {
      const closing = workers?.close()
      workers = undefined
      await closing
      // Of a process that was killed, whatever this one needed.
      if (files !== undefined) rmSync(files, { recursive: true, force: true })
    },
  }
}

function hashAhead(source: SourceAdapter, { stamp, workers }: { readonly stamp: string; readonly workers: Workers }): SourceHash {
  let isMade = false
  const made = workers.takeFingerprint(workers.orderFingerprint()).finally(() => {
    isMade = true
  })
  return {
    stamp,
    get isMade() {
      return isMade
    },
    async take() {
      const fingerprint = (await made) ?? (await source.fingerprint())
      return (await source.stamp?.()) === stamp ? fingerprint : undefined
    },
  }
}

/** Whether rows of a mapping can be made apart from those before: no upsert; elements of lists too, where none of their values is a number that counts them through the run. */
export function mayPack(mapping: ResolvedMapping): boolean {
  if (mapping.conflict !== 'insert') return false
  return (
    mapping.each.length === 0 || Object.values(mapping.columns).every(({ origin }) => origin.from !== 'id' || origin.strategy === 'uuid')
  )
}

/** Whether a collection has an outline, and `items` records by it, from a cursor on. Reads no further than it has to; what cannot be read is told where its records are wanted. */
export async function holdsMany(source: SourceAdapter, collection: string, items: number, rest: ReadOptions = {}): Promise<boolean> {
  try {
    let seen = 0
    for await (const page of (await source.outline?.(collection, rest)) ?? []) {
      seen += page.items
      if (seen >= items) return true
    }
  } catch {
    return false
  }
  return false
}
