import { renderDuration, renderPlural } from './render-units.ts'
import type { ReportData } from './report-data.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'calm'

export interface Outcome {
  /** One or two words. */
  readonly badge: string
  readonly tone: Tone
  /** A sentence that says what the run came to. */
  readonly headline: string
  readonly detail: string
}

/** Says what a run came to; only a run whose every gate passed is called a success. */
export function describeOutcome(data: ReportData): Outcome {
  const written = data.totals.inserted + data.totals.updated
  const arrived = `${renderPlural(written, 'row')} in ${renderPlural(new Set(data.steps.map((step) => step.table)).size, 'table')}`
  const time = data.workMs > 0 ? ` in ${renderDuration(data.workMs)}` : ''
  const proof = describeProof(data)
  switch (data.status) {
    case 'completed':
      return {
        badge: 'Completed',
        tone: 'good',
        headline: 'Every record arrived, and it was proved',
        detail: `${arrived}${time}. ${proof}`,
      }
    case 'completed_with_rejects':
      return {
        badge: 'Completed with rejects',
        tone: 'warn',
        headline: `${renderPlural(data.totals.rejected, 'record')} set aside, everything else arrived`,
        detail: `${arrived}${time}; ${renderPlural(data.openRejects, 'reject')} still open, kept whole and listed below. ${proof}`,
      }
    case 'completed_unverified':
      return {
        badge: 'Not verified',
        tone: 'warn',
        headline: 'Loaded, but nobody has proved it',
        detail: `${arrived}${time}. Verification was switched off.`,
      }
    case 'failed':
      return {
        badge: 'Failed',
        tone: 'bad',
        headline: 'The run stopped with an error',
        detail: `${arrived} committed so far${time}. Nothing committed is lost: mend the cause and resume, or roll back.`,
      }
    case 'paused':
      return {
        badge: 'Paused',
        tone: 'calm',
        headline: 'The run waits for you',
        detail: `${arrived} committed so far${time}. Resume goes on from the last batch.`,
      }
    case 'interrupted':
    case 'running':
    case 'verifying':
      return {
        badge: data.status === 'interrupted' ? 'Interrupted' : 'Running',
        tone: 'calm',
        headline: 'The run is not finished',
        detail: `${arrived} committed so far${time}. If its process is gone, resume goes on from the last batch.`,
      }
    case 'rolling_back':
      return {
        badge: 'Rolling back',
        tone: 'warn',
        headline: 'The rollback is not finished',
        detail: 'Call ferry rollback again: it goes on where it stopped.',
      }
    case 'rolled_back':
      return describeRolledBack(data)
    case 'cancelled':
      return { badge: 'Cancelled', tone: 'warn', headline: 'Stopped for good by a person', detail: `${arrived} stay until you roll back.` }
  }
}

function describeRolledBack(data: ReportData): Outcome {
  const kept = Object.values(data.kept).reduce((sum, count) => sum + count, 0)
  if (kept === 0)
    return {
      badge: 'Rolled back',
      tone: 'calm',
      headline: 'The run was taken back whole',
      detail: 'Every row this run wrote is gone again; rows that were there before are untouched.',
    }
  return {
    badge: 'Rolled back, some kept',
    tone: 'warn',
    headline: `Taken back, but for ${renderPlural(kept, 'row')}`,
    detail: 'Rows edited since the run, and rows that others refer to, were kept; they are counted below.',
  }
}

const BASES = { load: 'what was made of the source', source: 'the source', journal: 'the journal of the run' } as const

function describeProof(data: ReportData): string {
  const { verification } = data
  if (verification === null) return ''
  const rows = verification.tables.reduce((sum, table) => sum + table.found, 0)
  const why = verification.basisReason === undefined ? '' : ` (${verification.basisReason})`
  const basis = BASES[verification.basis] + why
  if (verification.passed) return `All ${renderPlural(rows, 'row')} were compared with ${basis}, column by column, both ways.`
  return `Compared with ${basis}: there are differences, listed below.`
}
