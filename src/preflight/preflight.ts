import type { Check } from '../core/check.ts'
import { isFerryError } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import type { StepCounts } from '../core/position.ts'
import type { CollectionInfo, SourceAdapter } from '../core/source-adapter.ts'
import type { Step, StepOrder } from '../definition/order-steps.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { askedColumns } from '../state/parent-columns.ts'
import { createResolver } from '../state/resolver.ts'
import type { Session, TableInfo, Target } from '../target/target.ts'
import { compilePkFromKey } from '../transform/derive-pk.ts'
import type { Pipeline } from '../transform/pipeline.ts'
import { openRowHash } from '../transform/row-hash.ts'
import { CensusResolver } from './census-resolver.ts'
import { failed, listNames, passed, warning } from './checked.ts'
import { type ColumnCensus, renderCensus } from './column-census.ts'
import { countItems } from './count-items.ts'
import type { ForecastContext } from './forecast-context.ts'
import type { ForecastThreads } from './forecast-slice.ts'
import { forecastStep, type StepFindings } from './forecast-step.ts'
import { checkBackupTool, checkOtherRun, checkPermissions, checkSpace } from './place-checks.ts'
import { ProblemGroups } from './problem-groups.ts'
import { referencedMappings } from './referenced-mappings.ts'
import { checkSchema, compileSteps, findUnwatched } from './schema-checks.ts'
import { checkEmpty, checkLists, checkNulled, checkPurity, checkSilentChanges, checkSource, checkValidated } from './source-checks.ts'

/** What a step will do, found by transforming everything without writing. */
export interface StepForecast {
  readonly step: Step
  /** As the run will count them; `inserted` holds the rows expected. */
  readonly counts: StepCounts
  /** Up to three rows as column -> text. */
  readonly samples: readonly Readonly<Record<string, string | null>>[]
}

/** Problems of one cause, with what would mend them. */
export interface ProblemGroup {
  readonly mapping: string
  readonly code: string
  readonly pointer: string
  readonly count: number
  /** Up to three keys, as text. */
  readonly samples: readonly string[]
  readonly reason: string
  /** An edit of the definition, where one can be proposed; else ''. */
  readonly suggestion: string
}

export interface PreflightReport {
  readonly passed: boolean
  readonly checks: readonly Check[]
  readonly order: StepOrder
  readonly forecasts: readonly StepForecast[]
  readonly problems: readonly ProblemGroup[]
  /** Items counted, and the rejects that the budget allows and that are predicted. */
  readonly items: number
  readonly allowedRejects: number
  readonly predictedRejects: number
  /** Columns of target tables that no mapping writes, and tables with triggers: rollback and verify do not watch them. */
  readonly unwatched: readonly { readonly table: string; readonly columns: readonly string[] }[]
  readonly estimatedBytes: number
  /** What each column would hold; absent with `skipValidation`. */
  readonly census?: readonly ColumnCensus[]
}

export interface PreflightOptions {
  readonly transfer: ResolvedTransfer
  readonly source: SourceAdapter
  readonly target: Target
  readonly session: Session
  readonly tables: ReadonlyMap<string, TableInfo>
  readonly order: StepOrder
  /** First id.integer() value by mapping. */
  readonly idBases: ReadonlyMap<string, bigint>
  readonly folder: string
  readonly maxRejects: ResolvedTransfer['maxRejects']
  /** Only the cheap checks; nothing is read or transformed. */
  readonly skipValidation: boolean
  readonly backup: boolean
  /** Without them, everything is done in this thread. */
  readonly threads?: ForecastThreads
  readonly report: Report
  readonly signal?: AbortSignal
}

/** Asks every question that can be asked before the first write. Writes nothing to the target. */
export async function runPreflight(options: PreflightOptions): Promise<PreflightReport> {
  const source = await checkSource(options)
  const compiled = compileSteps(options)
  const schema = await checkSchema(options)
  const sound = source.collections !== undefined && compiled.check.status === 'passed' && schema.every(({ status }) => status !== 'failed')
  const problems = new ProblemGroups()
  const found = sound && !options.skipValidation ? await forecast(options, compiled.pipelines, problems) : NOT_ASKED
  const forecasts = found.findings.map((finding) => finding.forecast)
  const loads = forecasts.filter(({ step }) => step.kind === 'load')
  const groups = problems.result(options.transfer, new Map(loads.map(({ step, counts }) => [step.mapping, counts.read])))
  const items = forecasts.reduce((sum, { step, counts }) => sum + (step.kind === 'load' ? counts.read : 0), 0)
  const bytes = found.findings.reduce(
    (sum, { forecast: { counts }, bytesPerRow }) => sum + (counts.inserted + counts.linked) * bytesPerRow,
    0,
  )
  const records = recordsRead(options, forecasts, source.collections ?? [])
  const budget = budgetOf(options, forecasts, found.asked ? items : await countForShare(options, source.collections))
  const checks = [
    ...source.checks,
    ...(source.collections === undefined ? [] : [checkEmpty(options, records)]),
    ...schema,
    compiled.check,
    ...(found.asked ? [...validationChecks({ groups, found, items }), checkLists(options, forecasts, records)] : []),
    ...(found.failure === undefined ? [] : [found.failure]),
    await checkSpace(options, bytes),
    await checkPermissions(options),
    await checkOtherRun(options),
    await checkBackupTool(options),
    ...(found.asked || budget.check.status !== 'passed' ? [budget.check] : []),
  ]
  return {
    passed: checks.every(({ status }) => status !== 'failed'),
    checks,
    order: options.order,
    forecasts,
    problems: groups,
    items,
    allowedRejects: budget.allowed,
    predictedRejects: budget.predicted,
    unwatched: findUnwatched(options.transfer, options.tables),
    estimatedBytes: Math.ceil(bytes),
    ...(found.asked ? { census: found.findings.flatMap(({ census }) => census) } : {}),
  }
}

interface Found {
  /** Every step was read to its end. */
  readonly asked: boolean
  readonly findings: readonly StepFindings[]
  /** Why the reading stopped. */
  readonly failure?: Check
}

const NOT_ASKED: Found = { asked: false, findings: [] }

async function forecast(options: PreflightOptions, pipelines: ReadonlyMap<number, Pipeline>, problems: ProblemGroups): Promise<Found> {
  const context = await openForecast(options)
  const findings: StepFindings[] = []
  for (const step of options.order.steps) {
    const pipeline = pipelines.get(step.number)
    const mapping = options.transfer.mappings.find(({ name }) => name === step.mapping)
    if (pipeline === undefined || mapping === undefined) continue
    const pkPlaces = pipeline.table.primaryKey.map((column) => step.columns.indexOf(column))
    const { source, threads, signal } = options
    try {
      const stepOptions = {
        source,
        problems,
        ...(threads === undefined ? {} : { threads }),
        ...(signal === undefined ? {} : { signal }),
      }
      const identityPlaces = context.resolver.columnsOf(mapping.name).map((column) => step.columns.indexOf(column))
      findings.push(await forecastStep({ ...context, step, mapping, pipeline, pkPlaces, identityPlaces }, stepOptions))
    } catch (error) {
      if (!isFerryError(error) || error.exitCode === 130) throw error
      return { asked: false, findings, failure: failed('source-validated', `${step.mapping}: ${error.message}`, error.hint) }
    }
  }
  return { asked: true, findings }
}

async function openForecast(options: PreflightOptions): Promise<ForecastContext> {
  const { transfer, order, session, tables } = options
  const hasherFor = await openRowHash()
  const rowsNow: Record<string, number> = {}
  for (const name of new Set(transfer.mappings.map(({ table }) => table))) rowsNow[name] = await countRows(session, name)
  const mappings = [...referencedMappings(transfer, order)].map((name) => {
    const table = transfer.mappings.find((mapping) => mapping.name === name)?.table ?? ''
    const primaryKey = tables.get(table)?.primaryKey ?? []
    const others = askedColumns(transfer, name).filter((column) => !primaryKey.includes(column))
    const fromKey = others.length > 0 ? undefined : compilePkFromKey({ transfer, mapping: name, tables, dialect: session.dialect })
    return [name, { columns: [...primaryKey, ...others], fromKey, occupied: (rowsNow[table] ?? 0) > 0 }] as const
  })
  const resolver = new CensusResolver({
    mappings: new Map(mappings),
    hashKey: textHasher(hasherFor),
    base: createResolver({ session, transfer, order, tables, runIds: [] }),
  })
  const patched = order.steps.filter(({ kind }) => kind === 'patch')
  const refused = new Map(patched.map(({ mapping }) => [mapping, new Set<number>()]))
  return { transfer, order, session, tables, rowsNow, resolver, hasherFor, uniqueSets: new Map(), refused }
}

/** The row hash over one column that is text already. */
function textHasher(hasherFor: ForecastContext['hasherFor']): (text: string) => bigint {
  const hash = hasherFor([{ kind: 'text', select: '', encode: String, canonical: String }])
  return (text) => hash([text])
}

async function countRows(session: Session, table: string): Promise<number> {
  const [row] = await session.all<{ count: number }>(
    `select count(*) as ${session.dialect.quote('count')} from ${session.dialect.quote(table)}`,
  )
  return Number(row?.count ?? 0)
}

/** Items that a share of rejects is of, where nothing was read; nobody asks for another budget. */
async function countForShare(options: PreflightOptions, collections: readonly CollectionInfo[] | undefined): Promise<number | undefined> {
  const { maxRejects } = options
  return 'count' in maxRejects || maxRejects.share === 0 || collections === undefined ? 0 : countItems(options, collections)
}

/** Records by collection: as they were read where a mapping took them whole, else as the source counts them. */
function recordsRead(
  { transfer }: PreflightOptions,
  forecasts: readonly StepForecast[],
  collections: readonly CollectionInfo[],
): ReadonlyMap<string, number> {
  const whole = new Map(transfer.mappings.filter(({ each }) => each.length === 0).map(({ name, from }) => [name, from]))
  const counted = collections.flatMap(({ name, count }) => (count === undefined ? [] : [[name, count] as const]))
  const read = forecasts.flatMap(({ step, counts }) => {
    const from = whole.get(step.mapping)
    return from === undefined || step.kind === 'patch' ? [] : [[from, counts.read] as const]
  })
  return new Map([...counted, ...read])
}

function validationChecks(seen: { groups: readonly ProblemGroup[]; found: Found; items: number }): readonly Check[] {
  const { groups, found, items } = seen
  const unasked = [...new Set(found.findings.flatMap((finding) => finding.unasked))]
  const impure = found.findings.filter((finding) => finding.impure).map((finding) => finding.forecast.step.mapping)
  return [
    checkValidated(groups, items),
    checkSilentChanges(groups),
    checkNulled(found.findings.map((finding) => finding.forecast)),
    checkCensus(found.findings.flatMap(({ census }) => census)),
    checkPurity(impure, found.findings.length),
    unasked.length === 0
      ? passed('table-rules', 'keys, unique indexes, NOT NULL, CHECK and foreign keys were asked for every row')
      : warning('table-rules', listNames(unasked), 'What such a rule refuses shows only during the load, as a reject.'),
  ]
}

function checkCensus(census: readonly ColumnCensus[]): Check {
  // Values of one length, such as uuids, fill their column for good.
  const full = census.filter(
    ({ shortest, longest, maxLength }) =>
      longest !== undefined && maxLength !== undefined && longest > 0.9 * maxLength && shortest !== longest,
  )
  const empty = census.filter(({ values, nulls }) => values === 0 && nulls > 0)
  const parts = [`${census.length} columns`]
  if (full.length > 0) parts.push(`nearly full: ${listNames(full.map(renderCensus))}`)
  if (empty.length > 0) parts.push(`always NULL: ${listNames(empty.map(({ table, column }) => `${table}.${column}`))}`)
  return passed('column-census', parts.join('; '))
}

function budgetOf(
  { maxRejects }: PreflightOptions,
  forecasts: readonly StepForecast[],
  items: number | undefined,
): { readonly allowed: number; readonly predicted: number; readonly check: Check } {
  const allowed = 'count' in maxRejects ? maxRejects.count : Math.floor(maxRejects.share * (items ?? 0))
  if (items === undefined) {
    const hint = 'Allow a number of them, `--max-rejects 100`, or leave `--skip-validation` out.'
    return {
      allowed,
      predicted: 0,
      check: warning('budget', 'no reject is allowed: nobody has counted the items that the share is of', hint),
    }
  }
  const predicted = forecasts.reduce((sum, { counts }) => sum + counts.budgeted, 0)
  const check =
    predicted <= allowed
      ? passed('budget', `${predicted} rejects expected, ${allowed} allowed`)
      : failed(
          'budget',
          `${predicted} rejects expected, ${allowed} allowed`,
          `Mend the causes, or allow them: \`--max-rejects ${predicted}\`.`,
        )
  return { allowed, predicted, check }
}
