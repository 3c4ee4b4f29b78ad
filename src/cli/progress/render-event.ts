import type { RunEvent } from '../../core/events.ts'
import { redactSecrets } from '../../core/redact-secrets.ts'
import { renderDuration, renderPlural } from '../../report/render-units.ts'

/** The line of an event that is worth one beside the steps; undefined for the others. */
export function renderEvent(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'run:started':
      return `run ${event.runId} of ${event.transfer}${event.resumed ? ', taken up again' : ''}`
    case 'phase:finished':
      if (event.phase === 'load') return undefined
      return `${event.phase}: ${event.detail === '' ? 'done' : redactSecrets(event.detail)} (${renderDuration(event.ms)})`
    case 'batch:retried':
      return `the database was busy (${redactSecrets(event.reason)}); trying again in ${renderDuration(event.waitMs)}, attempt ${event.attempt}`
    case 'indexes:dropped':
      return `${renderPlural(event.names.length, 'index', 'indexes')} of ${event.table} set aside for the load`
    case 'indexes:restored':
      return `${renderPlural(event.names.length, 'index', 'indexes')} of ${event.table} made again (${renderDuration(event.ms)})`
    case 'foreign-keys:dropped':
      return `${renderPlural(event.names.length, 'foreign key')} of ${event.table} set aside for the load`
    case 'foreign-keys:restored':
      return `${renderPlural(event.names.length, 'foreign key')} of ${event.table} made again, every row checked (${renderDuration(event.ms)})`
    case 'notice':
      return redactSecrets(event.text)
    default:
      return undefined
  }
}
