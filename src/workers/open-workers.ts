import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RowSumParts } from '../core/row-sum.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { BatchOutline } from '../extract/cut-batches.ts'
import type { ForecastSlice } from '../preflight/forecast-slice.ts'
import type { LinkBatch, PackedBatch } from '../transform/packed-batch.ts'
import { type AnswerQuestion, openCrew } from './crew.ts'
import type {
  Done,
  ForecastSetup,
  FoundSetup,
  FoundSums,
  IntegrityOrder,
  Order,
  Setup,
  StepSetup,
  StepToCompile,
  SumSetup,
  WorkerSetup,
} from './messages.ts'

export type { AnswerQuestion } from './crew.ts'

/** What is done ahead of the run, which alone writes: in threads, and in its own where it would have to wait for one. */
export interface Workers {
  /** How many orders of a kind to have open, so that nobody stands still. */
  readonly ahead: Readonly<Record<'batch' | 'sum' | 'forecast', number>>
  /** Lets the threads compile a step that will be set, while there is nothing else to do. */
  prepare(step: StepToCompile): void
  /** What the batches ordered from now on belong to. */
  setStep(setup: StepSetup): void
  /** Orders a batch; its number for `take`. `without`: ordinals of items that a patch step passes over. */
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
  /** Orders the fingerprint of the source; its number for `takeFingerprint`. */
  orderFingerprint(): number
  /** undefined: the run makes it itself. */
  takeFingerprint(id: number): Promise<string | undefined>
  /** The batch is done with: its file goes. */
  discard(id: number): void
  /** Ends the threads and removes their files. Idempotent. */
  close(): Promise<void>
}

const MOST = Number.POSITIVE_INFINITY
/** Orders that wait in a thread: it must not stand still while the run is in the middle of a statement. */
const MOST_WAITING = { batch: 2, forecast: 4, sum: 128, found: MOST, integrity: MOST, fingerprint: MOST } as const
/** Orders that the run's own thread may do, or have done, beside those. */
const OWN_ORDERS = 4

export interface OpenWorkersOptions {
  readonly count: number
  /** The definition that the setup's file holds. */
  readonly transfer: ResolvedTransfer
  /** For packed rows; it is theirs alone. Without it only sums can be ordered. */
  readonly folder?: string
  /** Told once a thread cannot go on. */
  readonly onUnable: (why: string) => void
}

/** Starts `count` threads; empties `folder`. What a thread fails at is left to the run. */
export function openWorkers(setup: WorkerSetup, { count, folder, transfer, onUnable }: OpenWorkersOptions): Workers {
  if (folder !== undefined) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }
  const crew = openCrew(setup, { count, mostWaiting: MOST_WAITING, transfer, onUnable })
  const set: Partial<Record<Setup['type'], Setup>> = {}
  const belonging = (to: Setup['type']) => (set[to] === undefined ? {} : { setup: set[to] })
  let last = 0
  const nextId = () => {
    last += 1
    return last
  }
  const fileOf = (id: number) => join(folder ?? '', `batch-${id}`)
  const place = (message: Order, belongs: { readonly setup?: Setup; readonly by?: 'thread' | 'run' }): number => {
    crew.place({ message, ...belongs })
    return message.order.id
  }
  const take = async <Type extends Done['type']>(order: Order['type'], id: number, type: Type, answer?: AnswerQuestion) => {
    const done = await crew.take({ type: order, id }, answer)
    return done?.type === type ? (done as Extract<Done, { readonly type: Type }>) : undefined
  }
  let closing: Promise<void> | undefined
  const ahead = (kind: 'batch' | 'sum' | 'forecast') => MOST_WAITING[kind] * count + OWN_ORDERS
  return {
    ahead: { batch: ahead('batch'), sum: ahead('sum'), forecast: ahead('forecast') },
    prepare: (step) => crew.tell({ type: 'prepare', step }),
    setStep(of) {
      set.step = { type: 'step', setup: of }
    },
    order({ start, rows }, without = []) {
      const id = nextId()
      return place({ type: 'batch', order: { id, start, rows, file: fileOf(id), without } }, belonging('step'))
    },
    take: async (id, answer) => (await take('batch', id, 'packed', answer))?.batch,
    setSum(of) {
      set['sum step'] = { type: 'sum step', setup: of }
    },
    orderSum: ({ start, rows }) => place({ type: 'sum', order: { id: nextId(), start, rows } }, belonging('sum step')),
    takeSum: async (id, answer) => (await take('sum', id, 'summed', answer))?.sum,
    setForecast(of) {
      set['forecast step'] = { type: 'forecast step', setup: of }
    },
    orderForecast: ({ start, rows }) => place({ type: 'forecast', order: { id: nextId(), start, rows } }, belonging('forecast step')),
    takeForecast: async (id, answer) => (await take('forecast', id, 'forecast', answer))?.slice,
    orderFound(of) {
      // The run's own one is waited for first, so that it takes its share.
      const hands = ['run', ...Array.from({ length: count }, () => 'thread' as const)] as const
      return hands.map((by) => place({ type: 'found', order: { id: nextId(), ...of } }, { by }))
    },
    takeFound: async (id) => (await take('found', id, 'found summed'))?.sum,
    orderIntegrity: (check) => place({ type: 'integrity', order: { id: nextId(), ...check } }, { by: 'thread' }),
    takeIntegrity: async (id) => (await take('integrity', id, 'checked'))?.problems,
    orderFingerprint: () => place({ type: 'fingerprint', order: { id: nextId() } }, { by: 'thread' }),
    takeFingerprint: async (id) => (await take('fingerprint', id, 'fingerprinted'))?.fingerprint,
    discard: (id) => rmSync(fileOf(id), { force: true }),
    close() {
      closing ??= crew.close().then(() => {
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
      })
      return closing
    },
  }
}
