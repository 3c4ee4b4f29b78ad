import type { ChalkInstance } from 'chalk'
import type { ProblemGroup, StepForecast } from '../../preflight/preflight.ts'
import { cutText, renderTable, showControls } from '../../report/render-table.ts'
import { renderBytes, renderCount, renderPlural } from '../../report/render-units.ts'
import type { Plan } from '../../run/plan-transfer.ts'
import { renderChecks } from './render-checks.ts'

/** What a transfer would do, for a person. */
export function renderPlan(plan: Plan, paint: ChalkInstance, options: { readonly samples: boolean }): string[] {
  return [
    `${paint.bold(plan.transfer)}: ${plan.source} -> ${plan.target}`,
    '',
    paint.bold('Checks'),
    ...renderChecks(plan.checks, paint),
    ...renderOrder(plan, paint),
    ...renderLoad(plan, paint),
    ...renderForecasts(plan, paint),
    ...renderProblems(plan.problems, paint),
    ...(options.samples ? renderSamples(plan.forecasts, paint) : []),
    ...renderUnwatched(plan, paint),
    '',
    renderVerdict(plan, paint),
  ]
}

function renderOrder(plan: Plan, paint: ChalkInstance): string[] {
  const { cycles, steps } = plan.order
  if (steps.length === 0) return []
  const filled = steps
    .filter((step) => step.kind === 'patch')
    .map((step) => `  step ${step.number + 1} fills ${step.table}: ${step.deferred.join(', ')} in a second pass, when both sides are there`)
  return [
    '',
    paint.bold('Order'),
    `  ${steps.map((step) => (step.kind === 'patch' ? `${step.mapping} (links)` : step.mapping)).join(' -> ')}`,
    ...cycles.map((cycle) => `  cycle: ${[...cycle, cycle[0] ?? ''].join(' -> ')}`),
    ...filled,
  ]
}

const BULK_PATHS: Readonly<Record<Plan['load']['bulkPath'], string>> = {
  'prepared insert': 'rows go by prepared INSERTs; those of a large step in files of packed rows, which SQLite attaches and copies',
  copy: 'rows go by COPY, in the transaction of their batch',
  'load data': 'rows go by LOAD DATA LOCAL, streamed from memory, in the transaction of their batch',
  'multi-row insert': 'rows go by INSERTs of many rows',
}

const LATER: Readonly<Record<Plan['load']['laterForeignKeys'][number]['by'], string>> = {
  constraints: 'taken away and made again after the load, which checks every row',
  verification: 'not checked row by row, but of every row by the verification after the load',
}

/** What this engine, as it is set up, makes of the load. */
function renderLoad(plan: Plan, paint: ChalkInstance): string[] {
  const { bulkPath, bulkHint, deferredIndexes, laterForeignKeys, enforcement } = plan.load
  const links = enforcement?.foreignKeys.map(({ table, name }) => `${table}.${name}`).join(', ')
  const unchecked =
    enforcement?.by === 'constraints'
      ? `foreign keys are dropped before the load and made again after it, which checks every row: ${links}`
      : `foreign key checks are off in the run's session during the load, and every row is checked after it: ${links}`
  return [
    '',
    paint.bold('Load'),
    `  ${BULK_PATHS[bulkPath]}`,
    ...(bulkHint === '' ? [] : [`      ${paint.cyan(bulkHint)}`]),
    ...deferredIndexes.map(
      ({ table, indexes }) => `  indexes taken away and made again after the load, on ${table}: ${indexes.join(', ')}`,
    ),
    ...laterForeignKeys.map(({ table, foreignKeys, by }) => `  foreign keys ${LATER[by]}, on ${table}: ${foreignKeys.join(', ')}`),
    ...(enforcement === null ? [] : [`  ${unchecked}`]),
  ]
}

function renderForecasts(plan: Plan, paint: ChalkInstance): string[] {
  if (plan.forecasts.length === 0) return []
  const rows = plan.forecasts.map(({ step, counts }) => [
    String(step.number + 1),
    step.kind === 'patch' ? `${step.mapping} (links)` : step.mapping,
    step.table,
    ...[
      counts.read,
      counts.inserted + counts.updated + counts.linked,
      counts.skipped + counts.filtered,
      counts.rejected,
      counts.nulled,
    ].map(renderCount),
    renderCount(plan.rowsNow[step.table] ?? 0),
  ])
  const right = ['items', 'rows', 'left out', 'rejects', 'links empty', 'in table now']
  const columns = [
    { title: 'step' },
    { title: 'mapping' },
    { title: 'table' },
    ...right.map((title) => ({ title, align: 'right' as const })),
  ]
  return ['', paint.bold('Steps'), ...renderTable(columns, rows, { indent: '  ', dress: paint.dim })]
}

function renderProblems(problems: readonly ProblemGroup[], paint: ChalkInstance): string[] {
  if (problems.length === 0) return []
  return [
    '',
    paint.bold('Problems, by cause'),
    ...problems.flatMap((problem) => [
      `  ${paint.yellow(`${renderCount(problem.count)} x ${problem.code}`)} ${problem.mapping}${problem.pointer}: ${showControls(problem.reason)}`,
      `      keys, for example: ${problem.samples.map((key) => cutText(showControls(key), 40)).join(', ')}`,
      ...(problem.suggestion === '' ? [] : [`      ${paint.cyan(showControls(problem.suggestion))}`]),
    ]),
  ]
}

function renderSamples(forecasts: readonly StepForecast[], paint: ChalkInstance): string[] {
  const lines = forecasts.flatMap(({ step, samples }) => {
    const first = samples[0]
    if (first === undefined || step.kind === 'patch') return []
    const names = Object.keys(first)
    const rows = samples.map((sample) => names.map((name) => sample[name] ?? 'NULL'))
    return [
      '',
      `  ${step.table}`,
      ...renderTable(
        names.map((title) => ({ title, maxWidth: 24 })),
        rows,
        { indent: '    ', dress: paint.dim },
      ),
    ]
  })
  return lines.length === 0 ? [] : ['', paint.bold('Sample rows'), ...lines.slice(1)]
}

function renderUnwatched(plan: Plan, paint: ChalkInstance): string[] {
  if (plan.unwatched.length === 0) return []
  return [
    '',
    `${paint.bold('Unwatched')} (no mapping writes them; verify and rollback do not see changes there)`,
    ...plan.unwatched.map(({ table, columns }) => `  ${table}: ${columns.join(', ')}`),
  ]
}

function renderVerdict(plan: Plan, paint: ChalkInstance): string {
  const budget = `${renderPlural(plan.predictedRejects, 'reject')} expected, ${renderCount(plan.allowedRejects)} allowed`
  const size = plan.estimatedBytes > 0 ? `, about ${renderBytes(plan.estimatedBytes)} of disk` : ''
  const about = `${renderPlural(plan.items, 'item')}, ${budget}${size}`
  return plan.passed
    ? `${paint.green('ready')}: ${about}. Nothing was written; ferry transfer does it.`
    : `${paint.red('not ready')}: ${about}. Mend what is marked ✖ first.`
}
