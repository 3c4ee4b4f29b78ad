import type { ChalkInstance } from 'chalk'
import { renderTable } from '../../report/render-table.ts'
import { renderCount, renderPlural } from '../../report/render-units.ts'
import type { SourceSurvey } from '../survey-source.ts'

/** What a file of a store holds, for a person. */
export function renderSurvey(survey: SourceSurvey, paint: ChalkInstance): string[] {
  return [
    ...survey.collections.flatMap((collection) => {
      const bad = collection.unreadable === 0 ? '' : paint.red(`, ${renderCount(collection.unreadable)} unreadable`)
      const rows = Object.entries(collection.fields).map(([field, types]) => [
        field === '' ? '(the whole record)' : field,
        Object.entries(types)
          .map(([type, count]) => `${type} ${renderCount(count)}`)
          .join(', '),
      ])
      return [
        `${paint.bold(collection.name)} (${collection.kind}): ${renderPlural(collection.records, 'record')}${bad}`,
        ...renderTable([{ title: 'field' }, { title: 'types', maxWidth: 80 }], rows, { indent: '  ', dress: paint.dim }),
        '',
      ]
    }),
    `read by ${survey.adapter}, sha256 ${survey.fingerprint}`,
  ]
}
