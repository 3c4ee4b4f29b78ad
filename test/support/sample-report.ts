import type { RunEvent } from '../../src/core/events.ts'
import { NO_COUNTS, type StepCounts } from '../../src/core/position.ts'
import type { ReportFinal } from '../../src/report/report-data.ts'

export const RUN_ID = '20261122T194146-a17f3c'
const STARTED_AT = Date.UTC(2026, 10, 22, 19, 41, 46)

type Unstamped<E> = E extends RunEvent ? Omit<E, 'at' | 'runId'> : never

/** Counts with every member not named at zero. */
export function counts(some: Partial<StepCounts>): StepCounts {
  return { ...NO_COUNTS, ...some }
}

const TABLES: readonly [string, string, number, Partial<StepCounts>][] = [
  ['garages', 'garages', 1, {}],
  ['floors', 'floors', 8, {}],
  ['spots', 'spots', 5100, { nulled: 12 }],
  ['spotFeatures', 'spot_features', 2217, {}],
  ['vehicles', 'vehicles', 3670, { nulled: 50 }],
  ['sessions', 'parking_sessions', 3670, { rejected: 62, budgeted: 62 }],
]

/** Events of a run that moved the parking garage in batches of 200, paused once and resumed an hour later. */
export function sampleEvents(): RunEvent[] {
  const events: RunEvent[] = []
  let at = STARTED_AT
  const say = (event: Unstamped<RunEvent>, ms: number) => {
    at += ms
    events.push({ at, runId: RUN_ID, ...event } as RunEvent)
  }
  const steps = TABLES.map(([mapping, table], place) => ({ number: place + 1, mapping, kind: 'load' as const, table }))
  say({ type: 'run:started', transfer: 'parking-garage', resumed: false, steps }, 0)
  say({ type: 'phase:started', phase: 'preflight' }, 1)
  say({ type: 'phase:finished', phase: 'preflight', ms: 412, detail: '14,666 items read, 62 rejects expected' }, 412)
  say({ type: 'phase:started', phase: 'backup' }, 1)
  say({ type: 'phase:finished', phase: 'backup', ms: 95, detail: '1.2 MiB' }, 95)
  say({ type: 'phase:started', phase: 'load' }, 1)
  for (const [place, [mapping, , total, some]] of TABLES.entries()) {
    const number = place + 1
    say({ type: 'step:started', step: number, mapping, kind: 'load', expected: total, counts: NO_COUNTS }, 2)
    let last = NO_COUNTS
    for (let read = 0, batch = 1; read < total; batch += 1) {
      const items = Math.min(200, total - read)
      read += items
      const rejected = Math.min(some.rejected ?? 0, Math.floor(read / 59))
      last = counts({
        read,
        inserted: read - rejected,
        rejected,
        budgeted: rejected,
        nulled: Math.min(some.nulled ?? 0, Math.floor(read / 60)),
      })
      const ms = 9 + ((batch * 7) % 11)
      say(
        {
          type: 'batch:committed',
          step: number,
          batch,
          items,
          rejects: 0,
          ms,
          counts: last,
          rssBytes: 96e6 + ((batch * 37) % 23) * 1e6,
          stations: { read: 0, transform: 0, pack: 0, write: 0, commit: 0 },
        },
        ms,
      )
    }
    if (mapping === 'spots') {
      say({ type: 'run:finished', status: 'paused', ms: 900 }, 3)
      say({ type: 'run:started', transfer: 'parking-garage', resumed: true, steps }, 3_600_000)
    }
    say({ type: 'step:finished', step: number, mapping, counts: last, ms: 300 }, 2)
  }
  say({ type: 'phase:finished', phase: 'load', ms: 1840, detail: '' }, 1)
  say({ type: 'phase:started', phase: 'verify' }, 1)
  say({ type: 'phase:finished', phase: 'verify', ms: 633, detail: 'equal' }, 633)
  say({ type: 'notice', text: 'maxRejects raised from 50 to 100 on resume' }, 1)
  say({ type: 'run:finished', status: 'completed_with_rejects', ms: 3400 }, 1)
  return events
}

/** What the conductor knows at the end of `sampleEvents`. */
export function sampleFinal(over: Partial<ReportFinal> = {}): ReportFinal {
  return {
    runId: RUN_ID,
    transfer: 'parking-garage',
    status: 'completed_with_rejects',
    exitCode: 3,
    source: 'memory-store: data/parking-garage.ferry.ndjson',
    target: 'sqlite:/app/data/garage.sqlite',
    startedAt: STARTED_AT,
    finishedAt: STARTED_AT + 3_603_400,
    steps: TABLES.map(([mapping, table, total, some], place) => ({
      number: place + 1,
      kind: 'load' as const,
      mapping,
      table,
      counts: counts({ read: total, inserted: total - (some.rejected ?? 0), ...some }),
      rowsInTable: total - (some.rejected ?? 0),
      ms: 40 + total / 7,
    })),
    rejects: [
      {
        mapping: 'sessions',
        stage: 'reference',
        code: 'MISSING_REFERENCE',
        pointer: '/spotId',
        count: 50,
        samples: ['s"00123"', 's"NULL"', 's"А123ВС77"'],
        reason: 'no record of spots has this key',
      },
      {
        mapping: 'sessions',
        stage: 'transform',
        code: 'DATE_INVALID',
        pointer: '/checkInTime',
        count: 12,
        samples: ['s"1E10"', 's"İST 34"'],
        reason: 'is no date',
      },
    ],
    openLinks: 0,
    preflight: [
      { name: 'source-readable', status: 'passed', detail: '5 collections, 8,892 records', hint: '' },
      { name: 'disk-space', status: 'passed', detail: '4.1 MiB needed, 52 GiB free', hint: '' },
      { name: 'triggers', status: 'warning', detail: 'vehicles has 1 trigger', hint: 'rows it writes are not watched by rollback' },
    ],
    verification: {
      passed: true,
      basis: 'source',
      tables: TABLES.map(([mapping, table, total, some]) => ({
        table,
        mapping,
        expected: total - (some.rejected ?? 0),
        found: total - (some.rejected ?? 0),
        missing: 0,
        extra: 0,
        changed: 0,
        changedSince: 0,
      })),
      differences: [],
      checks: [
        { name: 'foreign-keys', status: 'passed', detail: '7 constraints hold', hint: '' },
        { name: 'derived:occupiedSpots', status: 'passed', detail: '1,915 keys agree', hint: '' },
        { name: 'invariant:total amount', status: 'passed', detail: 'equal', hint: '' },
      ],
      ms: 633,
    },
    backup: '.ferry/backups/20261122-194146/manifest.json',
    migrations: ['20260101000000_garages.ts', '20260101000100_vehicles.ts'],
    ...over,
  }
}
