import type { Check } from '../core/check.ts'
import { isFerryError } from '../core/errors.ts'
import type { CollectionInfo } from '../core/source-adapter.ts'
import { failed, listNames, passed, warning } from './checked.ts'
import type { PreflightOptions, ProblemGroup, StepForecast } from './preflight.ts'

/** What the source says of itself; undefined, and a failed check, where it cannot be read. */
export async function checkSource(
  options: PreflightOptions,
): Promise<{ readonly checks: readonly Check[]; readonly collections: readonly CollectionInfo[] | undefined }> {
  const { source, transfer } = options
  let collections: readonly CollectionInfo[]
  try {
    collections = await source.describe()
  } catch (error) {
    if (!isFerryError(error)) throw error
    return { checks: [failed('source-readable', error.message, error.hint)], collections: undefined }
  }
  const names = new Set(collections.map(({ name }) => name))
  const wanted = [...new Set([...transfer.mappings.map(({ from }) => from), ...transfer.derived.map(({ collection }) => collection)])]
  const missing = wanted.filter((name) => !names.has(name))
  if (missing.length > 0) {
    const hint = `The source holds ${listNames([...names]) || 'nothing'}; correct \`from\` in the definition, or name another --source.`
    return { checks: [failed('source-readable', `no collection ${listNames(missing)}`, hint)], collections: undefined }
  }
  const unmapped = [...names].filter((name) => !wanted.includes(name))
  const read = passed('source-readable', `${source.name}: ${collections.length} collections`)
  const extra =
    unmapped.length === 0
      ? passed('source-mapped', 'every collection is mapped or derived')
      : warning(
          'source-mapped',
          `not mapped: ${listNames(unmapped)}`,
          'Map them, or name them in `derived`, if their data must not be lost.',
        )
  return { checks: [read, extra], collections }
}

/** source-not-empty: `records` by collection, where they are known. */
export function checkEmpty(options: PreflightOptions, records: ReadonlyMap<string, number>): Check {
  const wanted = [...new Set(options.transfer.mappings.filter(({ each }) => each.length === 0).map(({ from }) => from))]
  const counted = wanted.flatMap((name) => {
    const count = records.get(name)
    return count === undefined ? [] : [{ name, count }]
  })
  const empty = counted.filter(({ count }) => count === 0).map(({ name }) => name)
  const items = counted.reduce((sum, { count }) => sum + count, 0)
  if (empty.length === 0) return passed('source-not-empty', counted.length === 0 ? 'not counted' : `${items} records`)
  const hint = 'A store imported into a fresh process is empty: write a snapshot in the app with exportStore(), and give it as --source.'
  if (items === 0) return failed('source-not-empty', `every collection is empty: ${listNames(empty)}`, hint)
  return warning('source-not-empty', `empty: ${listNames(empty)}`, hint)
}

/** lists-found: a list that no record has may be a misspelt `each`, whose elements would stay behind in silence. */
export function checkLists(options: PreflightOptions, forecasts: readonly StepForecast[], records: ReadonlyMap<string, number>): Check {
  const without = new Set(forecasts.filter(({ step, counts }) => step.kind === 'load' && counts.read === 0).map(({ step }) => step.mapping))
  const lists = options.transfer.mappings.filter(({ each }) => each.length > 0)
  const missing = lists.filter(({ name, from }) => without.has(name) && (records.get(from) ?? 0) > 0)
  if (missing.length === 0) return passed('lists-found', `${lists.length} mappings of lists`)
  const texts = missing.map(({ name, from, each }) => `${name} (${each.join('.')} of ${records.get(from)} ${from})`)
  return warning('lists-found', `no record has an element for ${listNames(texts)}`, 'Correct `each`, if these lists are not empty.')
}

/** source-validated: every problem found, by cause. */
export function checkValidated(problems: readonly ProblemGroup[], items: number): Check {
  if (problems.length === 0) return passed('source-validated', `${items} items fit their tables`)
  const count = problems.reduce((sum, group) => sum + group.count, 0)
  const causes = problems.map(
    (group) => `${group.mapping} ${group.code}${group.pointer === '' ? '' : ` at ${group.pointer}`}: ${group.count}`,
  )
  const edits = [...new Set(problems.map(({ suggestion }) => suggestion).filter((text) => text !== ''))]
  return warning(
    'source-validated',
    `${count} problems of ${problems.length} causes: ${listNames(causes, 12)}`,
    edits.slice(0, 5).join('; '),
  )
}

/** Codes of values that an engine would have changed in silence. */
const SILENT = new Set(['AFFINITY', 'ENCODING', 'NEGATIVE_ZERO', 'NOT_FINITE', 'PRECISION', 'RANGE', 'LENGTH'])

/** silent-changes: values whose form read back would differ; each is a reject. */
export function checkSilentChanges(problems: readonly ProblemGroup[]): Check {
  const found = problems.filter(({ code }) => SILENT.has(code))
  if (found.length === 0) return passed('silent-changes', 'every value reads back as it is written')
  const count = found.reduce((sum, group) => sum + group.count, 0)
  const causes = found.map((group) => `${group.mapping}${group.pointer} ${group.code} ${group.count}`)
  return warning(
    'silent-changes',
    `${count} values would be changed by their column, and are rejected instead: ${listNames(causes)}`,
    found.find(({ suggestion }) => suggestion !== '')?.suggestion ?? 'Widen the columns, or declare the rounding.',
  )
}

/** purity: the same items must give the same rows. */
export function checkPurity(impure: readonly string[], looked: number): Check {
  if (impure.length === 0) return passed('purity', `the first batch of ${looked} steps came out the same twice`)
  return failed(
    'purity',
    `${listNames(impure)}: the same records gave different rows`,
    'A function of the mapping reads the clock, chance or its own memory; a resumed run could not go on. Make it depend on the record alone.',
  )
}

/** reference-policies: links that come out as NULL. */
export function checkNulled(forecasts: readonly StepForecast[]): Check {
  const found = forecasts.filter(({ counts }) => counts.nulled > 0)
  if (found.length === 0) return passed('references', 'every reference finds its parent, or is rejected')
  const texts = found.map(({ step, counts }) => `${step.mapping}: ${counts.nulled}`)
  return warning(
    'references',
    `links to records that the source does not hold become NULL, by their policy: ${listNames(texts)}`,
    "Declare { missing: 'reject' } where such a record must not arrive.",
  )
}
