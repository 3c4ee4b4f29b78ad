import { renderKey } from '../core/canonical-value.ts'
import type { HashTable } from '../core/hash-table.ts'
import type { Key } from '../core/record.ts'
import { type Row, ValueProblem } from '../core/row.ts'
import { referredMapping } from '../definition/find-parent.ts'
import { findIds } from '../state/id-map.ts'
import type { SharedParents } from '../state/parent-census.ts'
import { askedColumns } from '../state/parent-columns.ts'
import { compilePkFromKey } from '../transform/derive-pk.ts'
import type { Resolution, Resolver } from '../transform/pipeline.ts'
import type { ComparedStep } from './compared-table.ts'
import { readJournalPks } from './journal-pks.ts'
import type { VerifyOptions } from './verify.ts'

interface Parent {
  readonly step: ComparedStep
  readonly pks: HashTable
  readonly compute: ((key: Key) => Row | ValueProblem) | undefined
  /** Answers given lately, by key text: children of one parent often stand together. */
  readonly lately: Map<string, Resolution>
}

const MOST_REMEMBERED = 20_000

/**
 * Answers references by what the journal says was written, not by what the tables hold now: a parent that was damaged since
 * must not make its children look wrong. What the journal does not hold is asked of the run's own resolver.
 */
export async function openJournalResolver(
  options: VerifyOptions,
  steps: readonly ComparedStep[],
): Promise<{ readonly resolver: Resolver; readonly parents: ReadonlyMap<string, SharedParents> }> {
  const { session, transfer, tables, run, resolver } = options
  const parents = new Map<string, Parent>()
  for (const name of referencedMappings(options)) {
    const step = steps.find(({ load }) => load.mapping === name)
    const others = askedColumns(transfer, name).filter((column) => step?.table.primaryKey.includes(column) !== true)
    if (step === undefined || others.length > 0) continue
    const { inserted } = await readJournalPks(session, step)
    const compute = compilePkFromKey({ transfer, mapping: name, tables, dialect: session.dialect })
    parents.set(name, { step, pks: inserted, compute, lately: new Map() })
  }
  const runIds = run.parentId === null ? [run.id] : [run.id, run.parentId]
  const answer: Resolver = {
    async quickParents(mapping, column) {
      const parent = parents.get(mapping)
      const place = parent?.step.load.primaryKey.indexOf(column) ?? -1
      const compute = parent?.compute
      if (parent === undefined || compute === undefined || place < 0) return undefined
      return (key) => {
        const pk = compute(key)
        return pk instanceof ValueProblem || !parent.pks.has(parent.step.hashPk(pk)) ? undefined : (pk[place] ?? undefined)
      }
    },
    lookups: (table, match, column, values) => resolver.lookups(table, match, column, values),
    async references(mapping, keys, question) {
      const parent = parents.get(mapping)
      if (parent === undefined) return resolver.references(mapping, keys, question)
      const answers = await answerKeys(parent, keys, (unknown) => findIds(session, runIds, mapping, unknown))
      const open = keys.filter((_key, at) => answers[at] === undefined)
      const rest = open.length === 0 ? [] : await resolver.references(mapping, open, question)
      let next = 0
      return answers.map((found) => {
        if (found !== undefined) return found
        next += 1
        return rest[next - 1] ?? 'missing'
      })
    },
  }
  const computed = [...parents].filter(([, { compute }]) => compute !== undefined)
  return { resolver: answer, parents: new Map(computed.map(([name, { pks }]) => [name, { form: 'hashes', slots: pks.share() }])) }
}

async function answerKeys(
  parent: Parent,
  keys: readonly Key[],
  findPks: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Row>>,
): Promise<readonly (Resolution | undefined)[]> {
  const texts = keys.map(renderKey)
  const answers = texts.map((text) => parent.lately.get(text))
  const unknown = new Map(keys.flatMap((key, at) => (answers[at] === undefined ? [[texts[at] ?? '', key] as const] : [])))
  const { compute } = parent
  const pks = compute === undefined && unknown.size > 0 ? await findPks([...unknown.values()]) : undefined
  const found = new Map<string, Resolution>()
  for (const [text, key] of unknown) {
    const resolution = toResolution(parent, compute === undefined ? pks?.get(text) : compute(key))
    if (resolution !== undefined) found.set(text, resolution)
  }
  if (parent.lately.size + found.size > MOST_REMEMBERED) parent.lately.clear()
  if (found.size <= MOST_REMEMBERED) for (const [text, resolution] of found) parent.lately.set(text, resolution)
  return answers.map((answer, at) => answer ?? found.get(texts[at] ?? ''))
}

function toResolution({ step, pks }: Parent, pk: Row | ValueProblem | undefined): Resolution | undefined {
  if (pk === undefined || pk instanceof ValueProblem || !pks.has(step.hashPk(pk))) return undefined
  return { found: Object.fromEntries(step.load.primaryKey.map((column, at) => [column, pk[at] ?? null])) }
}

/** Mappings that something refers to, and those with a patch step, which finds its own rows the same way. */
function referencedMappings({ transfer, steps }: VerifyOptions): ReadonlySet<string> {
  const names = new Set(steps.filter(({ kind }) => kind === 'patch').map(({ mapping }) => mapping))
  for (const mapping of transfer.mappings) {
    for (const { origin } of Object.values(mapping.columns)) {
      const name = referredMapping(origin, mapping, transfer.mappings)
      if (name !== undefined) names.add(name)
    }
  }
  return names
}
