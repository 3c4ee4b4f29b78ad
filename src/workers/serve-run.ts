import type { MessagePort } from 'node:worker_threads'
import { releaseMemory } from '../core/release-memory.ts'
import { type ForecastingStep, forecastSlice, openForecasting } from './forecast-step.ts'
import { linkBatch } from './link-batch.ts'
import type {
  Answers,
  BatchOrder,
  FoundOrder,
  FromWorker,
  IntegrityOrder,
  Question,
  SliceOrder,
  ToWorker,
  WorkerSetup,
} from './messages.ts'
import { openPacking, type PackingStep, packBatch } from './pack-batch.ts'
import { openFound, sumFound } from './sum-found.ts'
import { openSumming, type SummingStep, sumSlice } from './sum-slice.ts'
import { openTools, type WorkerTools } from './worker-tools.ts'

/** Serves one run from a thread of its own: does what comes in, one after the other, and answers each order. */
export function serveRun(port: MessagePort, setup: WorkerSetup): void {
  const questions = openQuestions(port)
  const tools = openTools(setup)
  tools.catch((error: unknown) => port.postMessage({ type: 'unable', why: describe(error) } satisfies FromWorker))
  let packing: Promise<PackingStep> | undefined
  let summing: Promise<SummingStep> | undefined
  let forecasting: Promise<ForecastingStep> | undefined
  let queue: Promise<unknown> = Promise.resolve()
  const enqueue = (id: number, work: () => Promise<FromWorker>) => {
    queue = queue.then(async () => tell(await work().catch(() => leave(id))))
    // A message that cannot be cloned (a reject that holds a function): the run does the batch itself.
    queue = queue.catch(() => tell(leave(id)))
  }
  const tell = (message: FromWorker) => port.postMessage(message, transferOf(message))
  port.on('message', (message: ToWorker) => {
    if (message.type === 'answers') questions.answer(message.question, message.answers)
    else if (message.type === 'no answers') questions.refuse(message.question)
    else if (message.type === 'prepare') void tools.then(({ compile }) => compile(message.step)).catch(() => undefined)
    else if (message.type === 'step') {
      packing = replacePacking(
        packing,
        tools.then((found) => openPacking(found, message.setup, questions.ask)),
      )
    } else if (message.type === 'sum step') {
      summing = tools.then((found) => openSumming(found, message.setup, questions.ask))
      summing.catch(() => undefined)
    } else if (message.type === 'forecast step') {
      forecasting = tools.then((found) => openForecasting(found, message.setup, questions.ask))
      forecasting.catch(() => undefined)
    } else if (message.type === 'batch') {
      const step = packing
      enqueue(message.order.id, () => pack(step, message.order))
    } else if (message.type === 'sum') {
      const step = summing
      enqueue(message.order.id, () => sum(step, message.order))
    } else if (message.type === 'forecast') {
      const step = forecasting
      enqueue(message.order.id, () => forecast(step, message.order))
    } else if (message.type === 'found') {
      packing = replacePacking(packing, undefined)
      const { order } = message
      enqueue(order.id, async () => find(await tools, order))
    } else {
      const { order } = message
      enqueue(order.id, async () => ({ type: 'checked', id: order.id, problems: await checkIntegrity(await tools, order) }))
    }
  })
}

/** Gives back what the batches of the step before were packed in: tens of MiB that nobody needs any more. */
function replacePacking(before: Promise<PackingStep> | undefined, next: Promise<PackingStep> | undefined): typeof next {
  before?.then(({ spare }) => spare?.splice(0).forEach(releaseMemory)).catch(() => undefined)
  next?.catch(() => undefined)
  return next
}

/** The run meets the same error when it does the work itself, and tells it in full. */
function leave(id: number): FromWorker {
  return { type: 'left', id }
}

/** The first line of an error that came before any record was read. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : 'it failed without an error'
}

async function pack(step: Promise<PackingStep> | undefined, order: BatchOrder): Promise<FromWorker> {
  const opened = await step
  const batch = opened && (await (opened.compiled.step.kind === 'patch' ? linkBatch(opened, order) : packBatch(opened, order)))
  return batch === undefined ? leave(order.id) : { type: 'packed', id: order.id, batch }
}

async function sum(step: Promise<SummingStep> | undefined, order: SliceOrder): Promise<FromWorker> {
  return step === undefined ? leave(order.id) : { type: 'summed', id: order.id, sum: await sumSlice(await step, order) }
}

async function forecast(step: Promise<ForecastingStep> | undefined, order: SliceOrder): Promise<FromWorker> {
  const slice = step === undefined ? undefined : await forecastSlice(await step, order)
  return slice === undefined ? leave(order.id) : { type: 'forecast', id: order.id, slice }
}

async function find(tools: WorkerTools, order: FoundOrder): Promise<FromWorker> {
  return { type: 'found summed', id: order.id, sum: await sumFound(await openFound(tools, order), order) }
}

async function checkIntegrity({ dialect, openReader }: WorkerTools, { database, made }: IntegrityOrder): Promise<readonly string[]> {
  return dialect.integrityCheck(await openReader(database), made)
}

/** Buffers that go over to the run without a copy. */
function transferOf(message: FromWorker): ArrayBuffer[] {
  if (message.type !== 'packed' || 'links' in message.batch) return []
  const { rows, journal } = message.batch
  const buffers = [rows.bytes?.buffer, journal.buffer].filter((buffer) => buffer instanceof ArrayBuffer)
  // Small ones stand in a pool that they share with others.
  return [...new Set(buffers)].filter((buffer) => buffer.byteLength === rows.bytes?.byteLength || buffer.byteLength === journal.byteLength)
}

/** Questions under way, by their numbers. */
function openQuestions(port: MessagePort) {
  const waiting = new Map<number, { resolve(answers: Answers): void; reject(error: Error): void }>()
  let last = 0
  return {
    ask: (question: Question) =>
      new Promise<Answers>((resolve, reject) => {
        last += 1
        waiting.set(last, { resolve, reject })
        port.postMessage({ type: 'question', number: last, question } satisfies FromWorker)
      }),
    answer(number: number, answers: Answers): void {
      waiting.get(number)?.resolve(answers)
      waiting.delete(number)
    },
    refuse(number: number): void {
      waiting.get(number)?.reject(new Error('the run could not answer'))
      waiting.delete(number)
    },
  }
}
