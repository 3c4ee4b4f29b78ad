import type { ResolvedMapping } from '../definition/transfer.ts'
import { DEFER_FROM_ROWS, deferrableIndexes } from '../load/index-deferral.ts'
import type { PreflightReport } from '../preflight/preflight.ts'
import type { BulkPath, Session, TableInfo } from '../target/target.ts'
import type { PreparedSteps } from '../transform/compile-steps.ts'
import { findLaterKeys, type LaterKeysPlace, mayCheckLater } from './later-keys.ts'

/** How this engine, as it is set up, will take the rows in. */
export interface LoadPlan {
  readonly bulkPath: BulkPath
  /** What would make it faster; '' where nothing would. */
  readonly bulkHint: string
  /** Indexes taken away before the load and made again after it. */
  readonly deferredIndexes: readonly { readonly table: string; readonly indexes: readonly string[] }[]
  /** Foreign keys that are not checked row by row. */
  readonly laterForeignKeys: readonly LaterForeignKeys[]
  /** Foreign keys that a cycle of NOT NULL columns needs out of the way; null where there is none. */
  readonly enforcement: {
    /** Checks of the run's session off, or the constraints themselves dropped and made again (PostgreSQL has no such switch). */
    readonly by: 'session' | 'constraints'
    readonly foreignKeys: readonly { readonly table: string; readonly name: string }[]
  } | null
}

const HINTS: Readonly<Record<string, string>> = {
  'postgres multi-row insert': '`npm install pg-copy-streams` lets the rows go by COPY, which is several times faster.',
  'mysql multi-row insert':
    "`SET GLOBAL local_infile = ON` on the server, and no `-LOCAL_FILES` in the driver's flags, let the rows go by LOAD DATA LOCAL: about twice as fast.",
}

export interface LaterForeignKeys {
  readonly table: string
  readonly foreignKeys: readonly string[]
  /** Dropped, and made again after the load, which checks every row; or, where this user may not do so on MySQL, the session's checks are off, and verification asks. */
  readonly by: 'constraints' | 'verification'
}

/** The load's decisions, before anything is done. `deferIndexesFrom`: see TransferOptions. */
export function planLoad(
  session: Session,
  prepared: PreparedSteps,
  options: {
    readonly seen: PreflightReport
    readonly mappings: readonly ResolvedMapping[]
    readonly rowsNow: Readonly<Record<string, number>>
    readonly deferIndexesFrom?: number | undefined
  },
): LoadPlan {
  const { dialect, bulkPath } = session
  const { mappings, rowsNow } = options
  const many = filledWithMany(prepared, options)
  return {
    bulkPath,
    bulkHint: HINTS[`${dialect.engine} ${bulkPath}`] ?? '',
    deferredIndexes: many.flatMap((table) => {
      const away = findLaterKeys(table, { dialect, prepared, mappings, rowsBefore: rowsNow })
      const indexes = deferrableIndexes(table, away).map(({ name }) => name)
      return indexes.length > 0 ? [{ table: table.name, indexes }] : []
    }),
    laterForeignKeys: many.flatMap((table) => planLaterKeys(session, table, { dialect, prepared, mappings, rowsBefore: rowsNow })),
    enforcement: planEnforcement(session, prepared),
  }
}

/** As the load decides it: an empty table that is about to get many rows; where nobody counted, any. */
function filledWithMany(
  { tables, order }: PreparedSteps,
  { seen, rowsNow, deferIndexesFrom = DEFER_FROM_ROWS }: Parameters<typeof planLoad>[2],
): readonly TableInfo[] {
  return [...tables.values()].filter((table) => {
    const steps = order.steps.filter((step) => step.kind === 'load' && step.table === table.name)
    const expected = steps.reduce((sum, { number }) => {
      const found = seen.forecasts.find(({ step }) => step.number === number)
      return sum + (found?.counts.read ?? Number.POSITIVE_INFINITY)
    }, 0)
    return steps.length > 0 && rowsNow[table.name] === 0 && expected >= deferIndexesFrom
  })
}

/** As the load decides it, where verification is not left out. */
function planLaterKeys({ markContent }: Session, table: TableInfo, place: LaterKeysPlace): readonly LaterForeignKeys[] {
  const dropped = findLaterKeys(table, place)
  if (dropped.length > 0) return [{ table: table.name, foreignKeys: dropped.map(({ name }) => name), by: 'constraints' }]
  if (markContent !== undefined || place.prepared.order.enforcementOff.length > 0 || !mayCheckLater(table, place)) return []
  return [{ table: table.name, foreignKeys: table.foreignKeys.map(({ name }) => name), by: 'verification' }]
}

function planEnforcement({ dialect }: Session, { tables, order }: PreparedSteps): LoadPlan['enforcement'] {
  const names = new Set(order.enforcementOff)
  if (names.size === 0) return null
  const links = [...names].flatMap((name) => tables.get(name)?.foreignKeys ?? []).filter(({ references }) => names.has(references.table))
  return {
    by: dialect.foreignKeysBySession === false ? 'constraints' : 'session',
    foreignKeys: links.map(({ table, name }) => ({ table, name })),
  }
}
