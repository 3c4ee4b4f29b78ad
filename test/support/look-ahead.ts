import { join } from 'node:path'
import { expect } from 'chai'
import type { Check } from '../../src/core/check.ts'
import { field, key } from '../../src/definition/builders.ts'
import { defineTransfer } from '../../src/definition/define-transfer.ts'
import type { ResolvedTransfer } from '../../src/definition/transfer.ts'
import { mapping, type TransferInput } from '../../src/definition/transfer-input.ts'
import type { PreflightOptions, PreflightReport } from '../../src/preflight/preflight.ts'
import { runPreflight } from '../../src/preflight/preflight.ts'
import { prepareSteps } from '../../src/run/prepare-steps.ts'
import { openTarget } from '../../src/target/open-target.ts'
import type { Session } from '../../src/target/target.ts'
import { ListSource } from './list-source.ts'
import { createSqliteDatabase, type SqliteDatabase } from './sqlite-database.ts'

export interface Thing {
  readonly name: unknown
  readonly at?: unknown
  readonly size?: unknown
}

export const TABLE = 'create table things (id text primary key, name varchar(10) not null, at text, size integer, price numeric)'

export function things(
  records: readonly Thing[],
  input: Partial<TransferInput> = {},
  columns: Parameters<typeof mapping<Thing>>[0]['columns'] = {},
): ResolvedTransfer {
  return defineTransfer({
    name: 'things',
    source: new ListSource({ things: records.map((record, at) => [`k${at}`, record] as const) }),
    target: {},
    mappings: {
      things: mapping<Thing>({
        from: 'things',
        table: 'things',
        columns: { id: key().text(), name: field('name').text(), ...(columns as object) },
      }),
    },
    ...input,
  })
}

export interface Looked {
  readonly transfer: ResolvedTransfer
  /** Runs after the tables are made. */
  readonly make?: (session: Session, database: SqliteDatabase) => Promise<void>
  readonly options?: Partial<PreflightOptions>
}

/** Preflight over a database of its own with the table `things`. */
export async function look({ transfer, make, options = {} }: Looked): Promise<PreflightReport> {
  const database = createSqliteDatabase()
  const target = await openTarget({ config: { ...database.config, migrations: { directory: join(database.folder, 'migrations') } } })
  const session = await target.openSession()
  try {
    await session.run(TABLE)
    await make?.(session, database)
    const prepared = await prepareSteps(session, transfer)
    return await runPreflight({
      transfer,
      source: transfer.source ?? new ListSource({}),
      target,
      session,
      ...prepared,
      folder: join(database.folder, '.ferry'),
      maxRejects: transfer.maxRejects,
      skipValidation: false,
      backup: true,
      report: () => {},
      ...options,
    })
  } finally {
    await session.close()
    await target.close()
    database.drop()
  }
}

export function checkOf(report: PreflightReport, name: string): Check {
  const found = report.checks.find((check) => check.name === name)
  if (found === undefined) throw new Error(`no check ${name}; there are ${report.checks.map((check) => check.name).join(', ')}`)
  if (found.status !== 'passed') expect(found.hint, `hint of ${name}`).not.to.equal('')
  return found
}
