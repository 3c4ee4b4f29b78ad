import type { RunEvent } from '../core/events.ts'
import type { StationTimes } from '../core/station-times.ts'
import { renderTable } from '../report/render-table.ts'
import { renderDuration } from '../report/render-units.ts'

/** Where the time of a load went, in ms; `index`: taking indexes away and making them again. */
export type Profile = Readonly<Record<keyof StationTimes | 'index', number>>

/** What to change where a station takes most. */
const HELP: Readonly<Record<keyof Profile, string>> = {
  read: 'a snapshot on a fast disk, not gzipped; more --workers',
  transform: 'simpler schemas and fewer functions in the definition; more --workers',
  pack: 'more --workers',
  write: 'fewer unique indexes, triggers and foreign keys on the target',
  commit: 'a faster disk under the database; larger batches: --batch-rows',
  index: 'indexes of large tables cost what they cost; drop those that nobody uses',
}

/** Adds up the events of one run. */
export function createProfile(): { onEvent(event: RunEvent): void; read(): Profile } {
  const sums: { -readonly [Station in keyof Profile]: number } = { read: 0, transform: 0, pack: 0, write: 0, commit: 0, index: 0 }
  return {
    onEvent(event) {
      if (isAboutIndexes(event)) sums.index += event.ms
      if (event.type !== 'batch:committed') return
      for (const station of ['read', 'transform', 'pack', 'write', 'commit'] as const) sums[station] += event.stations[station]
    },
    read: () => ({ ...sums }),
  }
}

/** One line a station: time, share of all stations together, and what helps. */
export function renderProfile(profile: Profile): string[] {
  const stations = Object.keys(HELP) as (keyof Profile)[]
  const total = Math.max(
    1,
    stations.reduce((sum, station) => sum + profile[station], 0),
  )
  return [
    '',
    'Where the time of the load went (worker threads count beside the run)',
    ...renderTable(
      [{ title: 'station' }, { title: 'time', align: 'right' }, { title: 'share', align: 'right' }, { title: 'what helps' }],
      stations.map((station) => [
        station,
        renderDuration(profile[station]),
        `${Math.round((100 * profile[station]) / total)} %`,
        HELP[station],
      ]),
    ),
  ]
}

/** Indexes, and foreign keys that are made again as indexes are. */
function isAboutIndexes(event: RunEvent): event is Extract<RunEvent, { readonly names: readonly string[] }> {
  return /^(indexes|foreign-keys):/.test(event.type)
}
