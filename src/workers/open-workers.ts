import { mkdirSync, rmSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { RowSumParts } from '../core/row-sum.ts'
import type { BatchOutline } from '../extract/cut-batches.ts'
import type { ForecastSlice } from '../preflight/forecast-slice.ts'
import type { LinkBatch, PackedBatch } from '../transform/packed-batch.ts'
import type {
  Answers,
  ForecastSetup,
  FoundSetup,
  FoundSums,
  FromWorker,
  IntegrityOrder,
  Question,
  StepSetup,
  StepToCompile,
  SumSetup,
  ToWorker,
  WorkerSetup,
} from './messages.ts'

/** Answers what workers ask; called by `take` only, so never while a transaction is open. */
export type AnswerQuestion = (question: Question) => Promise<Answers>

/** Threads that read, transform and pack batches ahead of the run, which alone writes. */
export interface Workers {
  readonly count: number
  /** Compiles a step that will be set, while there is nothing else to do. */
  prepare(step: StepToCompile): void
  /** What the batches ordered from now on belong to. */
  setStep(setup: StepSetup): void
  /** Orders a batch; its number for `take`. Batches go to the workers in turn. `without`: ordinals of items that a patch step passes over. */
  order(batch: BatchOutline, without?: readonly number[]): number
  /** Waits for a batch, answering questions meanwhile. undefined: the run does it itself. */
  take(id: number, answer: AnswerQuestion): Promise<PackedBatch | LinkBatch | undefined>
  /** What the sums ordered from now on belong to. */
  setSum(setup: SumSetup): void
  /** Orders the sum of the expected rows of some records; its number for `takeSum`. */
  orderSum(slice: BatchOutline): number
  /** As `take`. undefined: the run does the whole sum itself. */
  takeSum(id: number, answer: AnswerQuestion): Promise<RowSumParts | undefined>
  /** What the forecasts ordered from now on belong to. */
  setForecast(setup: ForecastSetup): void
  /** Orders the forecast of some records; its number for `takeForecast`. */
  orderForecast(slice: BatchOutline): number
  /** As `take`. undefined: the run looks at the records itself. */
  takeForecast(id: number, answer: AnswerQuestion): Promise<ForecastSlice | undefined>
  /** Orders the sums of the rows that a table holds, which all threads share between them; numbers for `takeFound`, which adds up to the whole. */
  orderFound(setup: FoundSetup): readonly number[]
  /** As `takeSum`. */
  takeFound(id: number): Promise<FoundSums | undefined>
  /** Orders the database's check of itself; its number for `takeIntegrity`. */
  orderIntegrity(check: Omit<IntegrityOrder, 'id'>): number
  /** The problems found. undefined: the run asks for them itself. */
  takeIntegrity(id: number): Promise<readonly string[] | undefined>
  /** The batch is done with: its file goes. */
  discard(id: number): void
  /** Ends the threads and removes their files. Idempotent. */
  close(): Promise<void>
}

/** A worker's share of memory for short-lived objects: larger than the default, since nearly all of them die with their batch. */
const YOUNG_MIB = 48

export interface OpenWorkersOptions {
  readonly count: number
  /** For packed rows; it is theirs alone. Without it only sums can be ordered. */
  readonly folder?: string
  /** Told once a thread cannot go on. */
  readonly onUnable: (why: string) => void
}

/** Starts `count` threads; empties `folder`. A thread that fails leaves its batches to the run. */
export function openWorkers(setup: WorkerSetup, options: OpenWorkersOptions): Workers {
  const { count, folder, onUnable } = options
  if (folder !== undefined) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }
  const results = new Map<number, FromWorker>()
  const asked: { readonly from: number; readonly number: number; readonly question: Question }[] = []
  const dead = new Set<number>()
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const resolve of waiting) resolve()
    waiting.clear()
  }
  let last = 0
  let closing: Promise<void> | undefined
  const threads = Array.from({ length: count }, (_, at) => {
    const thread = startThread(setup)
    const fail = (why: string) => {
      if (!dead.has(at) && closing === undefined) onUnable(why)
      dead.add(at)
      wake()
    }
    thread.on('message', (message: FromWorker) => {
      if (message.type === 'unable') fail(message.why)
      else if (message.type === 'question') asked.push({ from: at, number: message.number, question: message.question })
      else results.set(message.id, message)
      wake()
    })
    thread.on('error', ({ message }) => fail(message.split('\n')[0] ?? ''))
    thread.on('messageerror', () => fail('a message could not be read'))
    thread.on('exit', (code) => fail(`it ended with ${code}`))
    return thread
  })
  /** Threads of the orders that did not go to them in turn. */
  const assigned = new Map<number, number>()
  const threadOf = (id: number) => assigned.get(id) ?? id % count
  /** The number of the next order, which goes to the threads in turn, or to a certain one. */
  const nextId = (to?: number): number => {
    last += 1
    if (to !== undefined) assigned.set(last, to)
    return last
  }
  const fileOf = (id: number) => join(folder ?? '', `batch-${id}`)
  const send = (to: number, message: ToWorker) => threads[to]?.postMessage(message)
  const sendAll = (message: ToWorker) => threads.forEach((_, at) => void send(at, message))
  const sendOrder = (message: Extract<ToWorker, { readonly order: { readonly id: number } }>): number => {
    const { id } = message.order
    send(threadOf(id), message)
    return id
  }
  const answerNext = async (answer: AnswerQuestion) => {
    const next = asked.shift()
    if (next === undefined) return
    try {
      send(next.from, { type: 'answers', question: next.number, answers: await answer(next.question) })
    } catch (error) {
      send(next.from, { type: 'no answers', question: next.number })
      throw error
    }
  }
  const wait = async (id: number, answer?: AnswerQuestion) => {
    for (;;) {
      if (answer !== undefined && asked.length > 0) await answerNext(answer)
      else if (results.has(id) || dead.has(threadOf(id))) break
      else
        await new Promise<void>((resolve) => {
          waiting.add(resolve)
        })
    }
    const found = results.get(id)
    results.delete(id)
    assigned.delete(id)
    return found
  }
  const takeAs = async <Type extends FromWorker['type']>(type: Type, id: number, answer?: AnswerQuestion) => {
    const found = await wait(id, answer)
    return found?.type === type ? (found as Extract<FromWorker, { readonly type: Type }>) : undefined
  }

  return {
    count,
    prepare: (step) => sendAll({ type: 'prepare', step }),
    setStep: (setup) => sendAll({ type: 'step', setup }),
    order({ start, rows }, without = []) {
      const id = nextId()
      return sendOrder({ type: 'batch', order: { id, start, rows, file: fileOf(id), without } })
    },
    take: async (id, answer) => (await takeAs('packed', id, answer))?.batch,
    setSum: (setup) => sendAll({ type: 'sum step', setup }),
    orderSum: ({ start, rows }) => sendOrder({ type: 'sum', order: { id: nextId(), start, rows } }),
    takeSum: async (id, answer) => (await takeAs('summed', id, answer))?.sum,
    setForecast: (setup) => sendAll({ type: 'forecast step', setup }),
    orderForecast: ({ start, rows }) => sendOrder({ type: 'forecast', order: { id: nextId(), start, rows } }),
    takeForecast: async (id, answer) => (await takeAs('forecast', id, answer))?.slice,
    orderFound: (setup) => threads.map((_, at) => sendOrder({ type: 'found', order: { id: nextId(at), ...setup } })),
    takeFound: async (id) => (await takeAs('found summed', id))?.sum,
    orderIntegrity: (check) => sendOrder({ type: 'integrity', order: { id: nextId(), ...check } }),
    takeIntegrity: async (id) => (await takeAs('checked', id))?.problems,
    discard: (id) => rmSync(fileOf(id), { force: true }),
    close() {
      closing ??= Promise.all(threads.map((thread) => thread.terminate())).then(() => {
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
      })
      return closing
    },
  }
}

/** The compiled module as it is; its TypeScript source, which Node 20 starts no thread from, by way of tsx. */
function startThread(setup: WorkerSetup): Worker {
  const options = { workerData: setup, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } }
  const extension = extname(import.meta.url)
  const url = new URL(`./worker-thread${extension}`, import.meta.url)
  if (extension !== '.ts') return new Worker(url, options)
  const start = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then((tsx) => { tsx.register(); return import(${JSON.stringify(url.href)}) })`
  return new Worker(start, { ...options, eval: true })
}
