import { HashTable } from '../core/hash-table.ts'
import type { Reject } from '../core/reject.ts'
import type { Row } from '../core/row.ts'
import { matchCodecs } from '../transform/match-codecs.ts'
import type { TransformedRow } from '../transform/pipeline.ts'
import { openCheckQuestions } from './check-expressions.ts'
import type { StepContext } from './forecast-context.ts'
import { foreignTuple, hashTuple, meetParents, openForeignKeys } from './foreign-key-census.ts'
import { findMatching } from './match-existing.ts'
import { findMustHave } from './must-have.ts'
import { RowStore } from './row-store.ts'
import { hashOf, meetExisting, type UniqueRule, unaskedIndexes, uniqueRules } from './unique-census.ts'

/** What the table would make of a batch of rows. */
export interface Judged {
  readonly inserted: readonly TransformedRow[]
  readonly updated: number
  readonly skipped: number
  readonly rejects: readonly Reject[]
}

/** Judges the rows of one load step, batch by batch, as the table's own rules will; remembers what landed. */
export interface RowJudge {
  judge(rows: readonly TransformedRow[]): Promise<Judged>
  /** Rows can be judged by hashes of their unique values alone, once NOT NULL and CHECK were asked. */
  readonly takesHashes: boolean
  /** The table has CHECKs that every row is asked. */
  readonly hasChecks: boolean
  /** Takes rows that differ among themselves, of which the hashes by rule are known. False, and nothing taken, where one stands in the table already. */
  takeHashes(hashes: readonly BigUint64Array[]): boolean
  /** CHECKs and unique indexes that could not be asked. */
  readonly unasked: readonly string[]
}

interface Refusal {
  readonly code: string
  readonly detail: string
}

/** What of a batch must be known before its rows are taken in order. */
interface BatchFacts {
  readonly failing: ReadonlySet<number>
  readonly parents: readonly ReadonlySet<bigint>[]
  readonly existing: ReadonlyMap<bigint, Row>
}

/** Opens the judge of a step; its unique sets are shared with other steps of the same table. */
export async function openRowJudge(context: StepContext): Promise<RowJudge> {
  const { session, pipeline, step, mapping } = context
  const checks = await openCheckQuestions(session, pipeline.table, step.columns)
  const occupied = (context.rowsNow[step.table] ?? 0) > 0
  const uniqueOptions = {
    session,
    dialect: session.dialect,
    table: pipeline.table,
    columns: step.columns,
    codecs: pipeline.codecs,
    hasherFor: context.hasherFor,
    occupied,
    shared: context.uniqueSets,
  }
  const rules = uniqueRules(uniqueOptions)
  const judge = new Judge(context, rules)
  return {
    unasked: [...checks.unasked, ...unaskedIndexes(pipeline.table)],
    takesHashes: mapping.conflict === 'insert' && !occupied && !judge.asksParents,
    hasChecks: checks.asked > 0,
    takeHashes: (hashes) => judge.takeHashes(hashes),
    judge: async (rows) => {
      const bare = rows.map(({ row }) => row)
      judge.own(await meetExisting(uniqueOptions, rules, bare))
      const facts: BatchFacts = {
        failing: await checks.failing(bare),
        parents: await judge.parents(bare),
        existing: mapping.conflict === 'insert' || !occupied ? new Map() : await findMatching(context, judge.matchHash, bare),
      }
      return judge.take(rows, facts)
    },
  }
}

interface RowToTake {
  /** Of the values of each rule; undefined where one is NULL. */
  readonly hashes: readonly (bigint | undefined)[]
  /** An upsert that meets a row. */
  readonly update: boolean
}

class Judge {
  readonly #context: StepContext
  readonly #rules: readonly UniqueRule[]
  readonly #foreignKeys: ReturnType<typeof openForeignKeys>
  readonly #mustHave: readonly { readonly name: string; readonly place: number }[]
  readonly #matchPlaces: readonly number[]
  readonly #met = new HashTable({ values: true })
  /** Upserts: which row holds which unique values, for it may keep them. */
  readonly #owned = new HashTable()
  readonly #rows = new RowStore()
  readonly matchHash: (row: Row) => bigint | undefined

  constructor(context: StepContext, rules: readonly UniqueRule[]) {
    const { pipeline, step, mapping } = context
    this.#context = context
    this.#rules = rules
    this.#foreignKeys = openForeignKeys(context)
    this.#mustHave = findMustHave(step.columns, pipeline.table)
    const match = mapping.match.length > 0 ? mapping.match : pipeline.table.primaryKey
    this.#matchPlaces = match.map((column) => step.columns.indexOf(column))
    const hash = context.hasherFor(matchCodecs(pipeline, match))
    this.matchHash = (row) => {
      const tuple = this.#matchPlaces.map((place) => row[place] ?? null)
      return tuple.includes(null) ? undefined : hash(tuple)
    }
  }

  /** A foreign key is filled with a value of the record. */
  get asksParents(): boolean {
    return this.#foreignKeys.length > 0
  }

  takeHashes(hashes: readonly BigUint64Array[]): boolean {
    const isFree = this.#rules.every(({ taken }, at) => hashes[at]?.every((hash) => !taken.has(hash)) === true)
    if (!isFree) return false
    for (const [at, { taken }] of this.#rules.entries()) for (const hash of hashes[at] ?? []) taken.add(hash)
    return true
  }

  parents(rows: readonly Row[]): Promise<readonly ReadonlySet<bigint>[]> {
    return Promise.all(this.#foreignKeys.map((foreignKey) => meetParents(this.#context, foreignKey, rows)))
  }

  /** Rows in source order: the first of two that collide wins. */
  take(rows: readonly TransformedRow[], facts: BatchFacts): Judged {
    const { mapping, resolver } = this.#context
    const inserted: TransformedRow[] = []
    const rejects: Reject[] = []
    const counts = { updated: 0, skipped: 0 }
    for (const [at, row] of rows.entries()) {
      const met = this.#meet(row.row, facts)
      if (met !== undefined && mapping.conflict === 'skip') {
        counts.skipped += 1
        resolver.land(mapping.name, row.key, met)
        continue
      }
      const hashes = this.#rules.map((rule) => hashOf(rule, row.row))
      const refusal = this.#refusal(row.row, at, { facts, hashes, update: met !== undefined })
      if (refusal !== undefined) {
        rejects.push(this.#reject(row, refusal))
        resolver.turnAway(mapping.name, row.key)
        continue
      }
      resolver.land(mapping.name, row.key, met ?? this.#identityOf(row.row))
      if (met !== undefined) counts.updated += 1
      else inserted.push(row)
      this.#take(row.row, { hashes, update: met !== undefined })
      if (met === undefined) this.#remember(row.row)
    }
    return { inserted, rejects, ...counts }
  }

  /** What is told of the row that a skip or upsert item meets; undefined where it meets none. */
  #meet(row: Row, facts: BatchFacts): Row | undefined {
    if (this.#context.mapping.conflict === 'insert') return undefined
    const hash = this.matchHash(row)
    if (hash === undefined) return undefined
    const place = this.#met.get(hash)
    return place === undefined ? facts.existing.get(hash) : this.#rows.get(place)
  }

  /** Rows of the table that hold unique values of a batch. */
  own(found: readonly { readonly rule: UniqueRule; readonly row: Row }[]): void {
    for (const { rule, row } of found) this.#own(rule, row)
  }

  #own(rule: UniqueRule, row: Row): void {
    const owned = this.#ownHash(rule, row)
    if (owned !== undefined) this.#owned.add(owned)
  }

  /** Of a rule, the row's values of it, and what the row is matched by. */
  #ownHash(rule: UniqueRule, row: Row): bigint | undefined {
    if (this.#context.mapping.conflict !== 'upsert') return undefined
    const values = hashOf(rule, row)
    const match = this.matchHash(row)
    if (values === undefined || match === undefined) return undefined
    return BigInt.asUintN(64, values * 31n + match * 17n + BigInt(this.#rules.indexOf(rule)))
  }

  /** What the row holds from now on; an update leaves the primary key as it was. */
  #take(row: Row, { hashes, update }: RowToTake): void {
    for (const [at, rule] of this.#rules.entries()) {
      if (update && rule.code === 'PRIMARY_KEY') continue
      const hash = hashes[at]
      if (hash !== undefined) rule.taken.add(hash)
      this.#own(rule, row)
    }
  }

  #remember(row: Row): void {
    if (this.#context.mapping.conflict === 'insert') return
    const hash = this.matchHash(row)
    if (hash !== undefined) this.#met.add(hash, this.#rows.add(this.#identityOf(row)))
  }

  #refusal(row: Row, at: number, asked: RowToTake & { readonly facts: BatchFacts }): Refusal | undefined {
    const table = this.#context.step.table
    const empty = this.#mustHave.find(({ place }) => (row[place] ?? null) === null)
    if (empty !== undefined) return { code: 'NOT_NULL', detail: `${table}.${empty.name}` }
    if (asked.facts.failing.has(at)) return { code: 'CHECK', detail: table }
    const taken = this.#rules.find((rule, place) => isTaken(rule, asked.hashes[place]) && (!asked.update || this.#isAnothers(rule, row)))
    if (taken !== undefined) return { code: taken.code, detail: taken.columns.map((column) => `${table}.${column}`).join(', ') }
    for (const [index, foreignKey] of this.#foreignKeys.entries()) {
      const tuple = foreignTuple(foreignKey, row)
      const hash = tuple === undefined ? undefined : hashTuple(foreignKey, tuple)
      if (hash === undefined || asked.facts.parents[index]?.has(hash) || foreignKey.written?.has(hash)) continue
      return { code: 'FOREIGN_KEY', detail: foreignKey.info.columns.map((column) => `${table}.${column}`).join(', ') }
    }
    return undefined
  }

  /** Of values that are taken: an update keeps the row's primary key, and may keep its unique values. */
  #isAnothers(rule: UniqueRule, row: Row): boolean {
    if (rule.code === 'PRIMARY_KEY') return false
    const owned = this.#ownHash(rule, row)
    return owned === undefined || !this.#owned.has(owned)
  }

  #identityOf(row: Row): Row {
    return this.#context.identityPlaces.map((place) => row[place] ?? null)
  }

  #reject({ item, key }: TransformedRow, { code, detail }: Refusal): Reject {
    const { mapping, step } = this.#context
    return {
      mapping: mapping.name,
      ordinal: item.ordinal,
      key,
      stage: 'load',
      code,
      pointer: '',
      reason: `${step.table} would refuse the row: ${code.toLowerCase()} on ${detail}`,
      budgeted: true,
      value: item.value,
    }
  }
}

function isTaken(rule: UniqueRule, hash: bigint | undefined): boolean {
  return hash !== undefined && rule.taken.has(hash)
}
