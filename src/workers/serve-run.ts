import type { MessagePort } from 'node:worker_threads'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { loadDefinition } from '../definition/load-definition.ts'
import { orderSteps } from '../definition/order-steps.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { loadDialect } from '../target/open-target.ts'
import type { Dialect } from '../target/target.ts'
import { compileSteps } from '../transform/compile-steps.ts'
import type { Answers, BatchOrder, FromWorker, Question, StepSetup, ToWorker, WorkerSetup } from './messages.ts'
import { type PackingStep, packBatch } from './pack-batch.ts'
import { createWorkerResolver } from './worker-resolver.ts'

/** Serves one run from a thread of its own: does what comes in, one after the other, and answers each order. */
export function serveRun(port: MessagePort, setup: WorkerSetup): void {
  const questions = openQuestions(port)
  const tools = openTools(setup)
  tools.catch((error: unknown) => port.postMessage({ type: 'unable', why: describe(error) } satisfies FromWorker))
  let step: Promise<PackingStep> | undefined
  let queue: Promise<unknown> = Promise.resolve()
  const tell = (message: FromWorker) => port.postMessage(message, transferOf(message))
  port.on('message', (message: ToWorker) => {
    if (message.type === 'answers') questions.answer(message.question, message.answers)
    else if (message.type === 'no answers') questions.refuse(message.question)
    else if (message.type === 'step') {
      step = tools.then((found) => openStep(found, message.setup, questions.ask))
      step.catch(() => undefined)
    } else {
      queue = queue.then(async () => tell(await answerOrder(step, message.order)))
      // A message that cannot be cloned (a reject that holds a function): the run does the batch itself.
      queue = queue.catch(() => tell({ type: 'left', id: message.order.id }))
    }
  })
}

/** The first line of an error that came before any record was read. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : 'it failed without an error'
}

async function answerOrder(step: Promise<PackingStep> | undefined, order: BatchOrder): Promise<FromWorker> {
  try {
    const batch = step === undefined ? undefined : await packBatch(await step, order)
    return batch === undefined ? { type: 'left', id: order.id } : { type: 'packed', id: order.id, batch }
  } catch {
    // The run meets the same error when it does the batch itself, and tells it in full.
    return { type: 'left', id: order.id }
  }
}

/** Buffers that go over to the run without a copy. */
function transferOf(message: FromWorker): ArrayBuffer[] {
  if (message.type !== 'packed') return []
  const { rows, journal } = message.batch
  const buffers = [rows.bytes?.buffer, journal.buffer].filter((buffer) => buffer instanceof ArrayBuffer)
  // Small ones stand in a pool that they share with others.
  return [...new Set(buffers)].filter((buffer) => buffer.byteLength === rows.bytes?.byteLength || buffer.byteLength === journal.byteLength)
}

interface Tools {
  readonly transfer: ResolvedTransfer
  readonly source: SourceAdapter
  readonly dialect: Dialect
}

async function openTools({ definitionFile, definitionHash, source, engine }: WorkerSetup): Promise<Tools> {
  const transfer = await loadDefinition(definitionFile)
  if (transfer.hash !== definitionHash) throw new RangeError('the file holds another definition than the run')
  const { dialect } = await loadDialect(engine)
  return { transfer, source: await reopen(source), dialect }
}

async function reopen({ module, name, options }: WorkerSetup['source']): Promise<SourceAdapter> {
  const found: Readonly<Record<string, unknown>> = await import(module)
  const Adapter = found[name]
  if (typeof Adapter !== 'function') throw new TypeError(`${module} exports no ${name}`)
  return Reflect.construct(Adapter, [options])
}

async function openStep(
  { transfer, source, dialect }: Tools,
  setup: StepSetup,
  ask: (question: Question) => Promise<Answers>,
): Promise<PackingStep> {
  const { tables, idBases, parents, packPlan } = setup
  const order = orderSteps(transfer, tables)
  const compiled = await compileSteps(transfer, { tables, order, idBases }, { dialect, only: setup.number })
  const [step] = compiled
  if (step === undefined) throw new RangeError('the definition has no such step')
  const resolver = createWorkerResolver({ transfer, tables, dialect, parents, ask })
  return { compiled: step, source, dialect, packPlan, resolver }
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
