import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { type Hand, openHand } from './hand.ts'
import type { Answers, Done, FromWorker, Order, Question, Setup, ToWorker, WorkerSetup } from './messages.ts'
import { toolsOf, type WorkerTools } from './worker-tools.ts'

/** Answers what hands ask; called by `take` only, so never while a transaction is open. */
export type AnswerQuestion = (question: Question) => Promise<Answers>

/** An order, and what it belongs to. */
export interface OpenOrder {
  readonly message: Order
  readonly setup?: Setup
  /** Who may do it; default anyone. */
  readonly by?: 'thread' | 'run'
}

/** Threads that do what a run orders, and the run's own thread, which does an order that no other has where it would have to wait for one. */
export interface Crew {
  place(order: OpenOrder): void
  /** What came of an order, once; meanwhile the hands' questions are answered, and orders of its kind done here. */
  take(order: Pick<Order, 'type'> & { readonly id: number }, answer?: AnswerQuestion): Promise<Done | undefined>
  /** Tells all threads something beside their orders. */
  tell(message: ToWorker): void
  /** Ends the threads. Idempotent. */
  close(): Promise<void>
}

/** A worker's share of memory for short-lived objects: larger than the default, since nearly all of them die with their batch. */
const YOUNG_MIB = 48

export interface CrewOptions {
  readonly count: number
  /** Orders that wait in a thread, so that it does not stand still while the run is in the middle of a statement. */
  readonly mostWaiting: Readonly<Record<Order['type'], number>>
  /** The definition that the setup's file holds. */
  readonly transfer: ResolvedTransfer
  /** Told once a thread cannot go on; what it has not done is `left`. */
  readonly onUnable: (why: string) => void
}

interface Thread {
  readonly worker: Worker
  /** What its last order belonged to. */
  setup: Setup | undefined
  /** Orders that it has not answered. */
  readonly waiting: Set<number>
  /** The one of them that takes long: until it is done there are no others. */
  hashing: number | undefined
  isDead: boolean
}

/** Starts `count` threads. */
export function openCrew(setup: WorkerSetup, { count, mostWaiting, transfer, onUnable }: CrewOptions): Crew {
  const results = new Map<number, Done>()
  const asked: { readonly from: Thread; readonly number: number; readonly question: Question }[] = []
  const sleepers = new Set<() => void>()
  let orders: OpenOrder[] = []
  let closing: Promise<void> | undefined
  const own = openOwnHand(setup, transfer)

  const leave = (id: number) => void results.set(id, { type: 'left', id })
  const wake = () => {
    deal()
    for (const resolve of sleepers) resolve()
    sleepers.clear()
  }
  const threads = Array.from({ length: count }, (): Thread => {
    const thread: Thread = { worker: startThread(setup), setup: undefined, waiting: new Set(), hashing: undefined, isDead: false }
    const fail = (why: string) => {
      if (!thread.isDead && closing === undefined) onUnable(why)
      thread.isDead = true
      thread.waiting.forEach(leave)
      thread.waiting.clear()
      wake()
    }
    thread.worker.on('message', (message: FromWorker) => {
      if (message.type === 'unable') return fail(message.why)
      if (message.type === 'question') asked.push({ from: thread, number: message.number, question: message.question })
      else {
        if (thread.waiting.delete(message.id)) results.set(message.id, message)
        if (thread.hashing === message.id) thread.hashing = undefined
      }
      wake()
    })
    thread.worker.on('error', ({ message }) => fail(message.split('\n')[0] ?? ''))
    thread.worker.on('messageerror', () => fail('a message could not be read'))
    thread.worker.on('exit', (code) => fail(`it ended with ${code}`))
    return thread
  })
  /** Gives each thread as many orders as may wait there, the one with the fewest first; none behind one that takes long. */
  const deal = () => {
    const alive = threads.filter(({ isDead }) => !isDead)
    orders = orders.filter((order) => {
      if (order.by === 'run') return true
      const { type } = order.message
      if (alive.length === 0) {
        if (order.by === 'thread') leave(order.message.order.id)
        return order.by !== 'thread'
      }
      const [idle] = alive.filter(({ hashing }) => hashing === undefined).toSorted((a, b) => a.waiting.size - b.waiting.size)
      if (idle === undefined || idle.waiting.size >= mostWaiting[type]) return true
      send(idle, order)
      return false
    })
  }
  const send = (thread: Thread, { message, setup: needed }: OpenOrder) => {
    if (needed !== undefined && thread.setup !== needed) thread.worker.postMessage(needed)
    thread.setup = needed ?? thread.setup
    thread.waiting.add(message.order.id)
    if (message.type === 'fingerprint') thread.hashing = message.order.id
    thread.worker.postMessage(message)
  }
  const answerNext = async (answer: AnswerQuestion) => {
    const next = asked.shift()
    if (next === undefined) return
    const { worker } = next.from
    try {
      worker.postMessage({ type: 'answers', question: next.number, answers: await answer(next.question) } satisfies ToWorker)
    } catch (error) {
      worker.postMessage({ type: 'no answers', question: next.number } satisfies ToWorker)
      throw error
    }
  }
  const doOne = async (type: Order['type'], answer: AnswerQuestion | undefined): Promise<boolean> => {
    const next = orders.find(({ message, by }) => message.type === type && by !== 'thread')
    if (next === undefined) return false
    orders = orders.filter((order) => order !== next)
    results.set(next.message.order.id, await own.do(next, answer))
    return true
  }
  return {
    place(order) {
      orders.push(order)
      deal()
    },
    async take({ type, id }, answer) {
      for (;;) {
        await turnOfOthers()
        if (answer !== undefined && asked.length > 0) await answerNext(answer)
        else if (results.has(id)) break
        else if (!(await doOne(type, answer))) await new Promise<void>((resolve) => void sleepers.add(resolve))
      }
      const done = results.get(id)
      results.delete(id)
      return done
    },
    tell: (message) => threads.forEach(({ worker }) => void worker.postMessage(message)),
    close() {
      closing ??= Promise.all([own.close(), ...threads.map(({ worker }) => worker.terminate())]).then(() => undefined)
      return closing
    },
  }
}

/** The hand of the run's own thread, which opens the source and the database once more when it is first needed. */
function openOwnHand(workerSetup: WorkerSetup, transfer: ResolvedTransfer) {
  let opened: { readonly tools: Promise<WorkerTools>; readonly hand: Hand } | undefined
  let answering: AnswerQuestion | undefined
  let current: Setup | undefined
  const ask = async (question: Question) => {
    if (answering === undefined) throw new Error('nobody answers')
    return answering(question)
  }
  const open = () => {
    const tools = toolsOf(transfer, workerSetup)
    return { tools, hand: openHand(tools, ask) }
  }
  return {
    do({ message, setup }: OpenOrder, answer: AnswerQuestion | undefined): Promise<Done> {
      opened ??= open()
      answering = answer
      if (setup !== undefined && setup !== current) opened.hand.set(setup)
      current = setup ?? current
      return opened.hand.do(message)
    },
    async close(): Promise<void> {
      opened?.hand.release()
      await opened?.tools.then((tools) => tools.close()).catch(() => undefined)
    },
  }
}

function turnOfOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
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
