import type { Ambient } from '../core/clock.ts'
import type { Report } from '../core/events.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { PreflightReport } from '../preflight/preflight.ts'
import { dropLease, holdLease, type Lease, takeLease } from '../state/lease.ts'
import { addFacts, type Run, type RunFacts, readRun } from '../state/runs.ts'
import type { ForeignKeyNames, Session, Target } from '../target/target.ts'
import type { VerifyResult } from '../verify/verify.ts'
import type { TransferOptions } from './run-options.ts'
import { createRunWorkers, type RunWorkers, type SourceHash } from './run-workers.ts'

/** What a run works with and never changes. */
export interface RunPlace {
  readonly options: TransferOptions
  readonly transfer: ResolvedTransfer
  readonly target: Target
  /** Spooled where the user's source is volatile. */
  readonly source: SourceAdapter
  readonly ambient: Ambient
  readonly report: Report
  readonly signal: AbortSignal
  /** The run's folder. */
  readonly folder: string
  readonly owner: string
  readonly leaseTtlMs: number
  /** Preflight's report, where it ran before the run's row was made. */
  readonly forecast?: PreflightReport
}

/** A run we hold the lease of, on a connection of its own. */
export class OpenRun {
  readonly place: RunPlace
  readonly workers: RunWorkers
  /** Whether this process has made all rows of the run, from its first batch on. */
  loadedHere = false
  /** Of the source as the run found it, until it is stored. */
  firstHash: SourceHash | undefined
  /** Of the source after the load, for verification. */
  lastHash: SourceHash | undefined
  /** Indexes that this process has made after the load. */
  madeIndexes: ReadonlySet<string> = new Set()
  /** Foreign keys that this process has had every row checked for, after the last of them. */
  madeForeignKeys: ForeignKeyNames = new Map()
  /** What verify found, once it ran in this process. */
  verification: VerifyResult | undefined
  /** What a session needs beyond opening it while a phase is at work (foreign key checks off): done again after a reconnect. */
  prepareSession: ((session: Session) => Promise<void>) | undefined
  #session: Session
  #lease: Lease
  #run: Run

  constructor(
    place: RunPlace,
    held: { session: Session; lease: Lease; run: Run; workers?: RunWorkers; firstHash?: SourceHash | undefined },
  ) {
    this.place = place
    this.workers = held.workers ?? createRunWorkers(place)
    this.firstHash = held.firstHash
    this.#session = held.session
    this.#lease = held.lease
    this.#run = held.run
  }

  get session(): Session {
    return this.#session
  }

  get lease(): Lease {
    return this.#lease
  }

  /** As last read; `refresh` reads it again. */
  get run(): Run {
    return this.#run
  }

  async refresh(): Promise<Run> {
    this.#run = await readRun(this.#session, this.#run.id)
    return this.#run
  }

  /** Runs `work` in one transaction that commits only while the lease is ours; `ttlMs`: how long it then lasts. @throws FERRY_RUN_FENCED */
  async transact(work: (session: Session) => Promise<void>, ttlMs: number = this.place.leaseTtlMs): Promise<void> {
    const session = this.#session
    await session.begin()
    try {
      await work(session)
      await holdLease(session, this.#lease, ttlMs)
      await session.commit()
    } catch (error) {
      await session.rollback()
      throw error
    }
  }

  /** Stores what a phase came to. */
  async remember(facts: Partial<RunFacts>): Promise<void> {
    await this.transact((session) => addFacts(session, this.#run.id, facts))
    await this.refresh()
  }

  /** Gives the connection back while `work` uses Knex itself (a pool of one would wait for ever), then opens another. */
  async withoutSession<T>(work: () => Promise<T>): Promise<T> {
    await this.#session.close()
    try {
      return await work()
    } finally {
      this.#session = await this.place.target.openSession()
    }
  }

  /** After a lost or broken connection: a new one, and a higher token first, so that a commit still under way on the old one fails. */
  async reconnect(): Promise<void> {
    await this.#session.close()
    this.#session = await this.place.target.openSession()
    this.#lease = await takeLease(this.#session, this.#run.id, {
      owner: this.place.owner,
      ttlMs: this.place.leaseTtlMs,
      from: this.#lease,
    })
    await this.refresh()
    await this.prepareSession?.(this.#session)
  }

  /** Ends the threads, frees the lease and the connection. Idempotent; a lease that cannot be freed expires by itself. */
  async close(): Promise<void> {
    await this.workers.close()
    try {
      if (!this.#session.inTransaction) await dropLease(this.#session, this.#lease)
    } catch {
      // the connection is gone: the lease expires, or is taken over because its process is dead
    }
    await this.#session.close()
  }
}
