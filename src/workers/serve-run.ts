import type { MessagePort } from 'node:worker_threads'
import { openHand } from './hand.ts'
import type { Answers, FromWorker, Question, ToWorker, WorkerSetup } from './messages.ts'
import { openTools } from './worker-tools.ts'

/** Serves one run from a thread of its own: does what comes in, one after the other, and answers each order. */
export function serveRun(port: MessagePort, setup: WorkerSetup): void {
  const questions = openQuestions(port)
  const tools = openTools(setup)
  tools.catch((error: unknown) => port.postMessage({ type: 'unable', why: describe(error) } satisfies FromWorker))
  const hand = openHand(tools, questions.ask)
  let queue: Promise<unknown> = Promise.resolve()
  const tell = (message: FromWorker) => port.postMessage(message, transferOf(message))
  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'answers':
        return questions.answer(message.question, message.answers)
      case 'no answers':
        return questions.refuse(message.question)
      case 'prepare':
        return void tools.then(({ compile }) => compile(message.step)).catch(() => undefined)
      case 'step':
      case 'sum step':
      case 'forecast step':
        // Not before what was ordered until now is done with the step before.
        queue = queue.then(() => hand.set(message))
        return
      default:
        queue = queue.then(async () => tell(await hand.do(message)))
        // A message that cannot be cloned (a reject that holds a function): the run does the batch itself.
        queue = queue.catch(() => tell({ type: 'left', id: message.order.id }))
    }
  })
}

/** The first line of an error that came before any record was read. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : 'it failed without an error'
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
