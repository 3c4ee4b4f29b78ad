import { addCounts, NO_COUNTS } from '../core/position.ts'
import type { RunMeasure } from './measure-run.ts'
import { REPORT_VERSION, type ReportData, type ReportFinal, type ReportStep } from './report-data.ts'
import { suggestNext, suggestUndo } from './suggest-commands.ts'

/** Joins what the events say of a run's course with what the database holds at its end; the database wins. */
export function buildReport(final: ReportFinal, course: RunMeasure): ReportData {
  const steps = joinSteps(final, course)
  const totals = steps.map((step) => step.counts).reduce(addCounts, NO_COUNTS)
  const loadMs = course.phases.filter((phase) => phase.phase === 'load').reduce((sum, phase) => sum + (phase.ms ?? 0), 0)
  const stepMs = steps.reduce((sum, step) => sum + step.ms, 0)
  const seconds = (loadMs > 0 ? loadMs : stepMs) / 1000
  return {
    version: REPORT_VERSION,
    runId: final.runId,
    transfer: final.transfer,
    kind: final.kind ?? 'transfer',
    parentId: final.parentId ?? null,
    status: final.status,
    exitCode: final.exitCode,
    source: final.source,
    target: final.target,
    startedAt: final.startedAt,
    finishedAt: final.finishedAt,
    workMs: course.workMs,
    sessions: course.sessions,
    totals,
    itemsPerSecond: seconds > 0 ? totals.read / seconds : 0,
    peakRssBytes: course.peakRssBytes,
    steps,
    phases: course.phases,
    curve: course.curve,
    rejects: final.rejects,
    openRejects: final.openRejects ?? final.rejects.reduce((sum, group) => sum + group.count, 0),
    openLinks: final.openLinks ?? 0,
    preflight: final.preflight ?? [],
    verification: final.verification ?? null,
    backup: final.backup ?? null,
    migrations: final.migrations ?? [],
    switched: final.switched ?? [],
    kept: final.kept ?? {},
    missingIndexes: final.missingIndexes ?? [],
    notices: course.notices,
    error: final.error ?? null,
    next: final.next ?? suggestNext(final),
    undo: suggestUndo(final),
  }
}

function joinSteps(final: ReportFinal, course: RunMeasure): readonly ReportStep[] {
  const measured = new Map(course.steps.map((step) => [step.number, step]))
  const known: readonly ReportFinal['steps'][number][] = final.steps.length > 0 ? final.steps : course.steps
  return known.map((step) => {
    const measure = measured.get(step.number)
    return {
      number: step.number,
      kind: step.kind,
      mapping: step.mapping,
      table: step.table,
      counts: step.counts,
      expected: step.expected ?? measure?.expected ?? null,
      rowsInTable: step.rowsInTable ?? null,
      ms: step.ms ?? measure?.ms ?? 0,
      batches: measure?.batches ?? 0,
      retried: measure?.retried ?? 0,
      isolated: measure?.isolated ?? 0,
    }
  })
}
