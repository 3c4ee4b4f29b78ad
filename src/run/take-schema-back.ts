import { FerryError } from '../core/errors.ts'
import { rollbackSchema } from '../rollback/rollback-schema.ts'
import type { Run } from '../state/runs.ts'
import type { Target } from '../target/target.ts'
import { mendKnexLock } from './knex-lock.ts'

export interface SchemaToTakeBack {
  readonly target: Target
  readonly run: Run
  /** Rows that the level `rows` kept, by table. */
  readonly kept: Readonly<Record<string, number>>
  readonly lossy: boolean
}

/** The level `schema`, after `rows`: names of the migrations taken back, newest first. The caller holds no session. @throws as rollbackSchema */
export async function takeSchemaBack({ target, run, kept, lossy }: SchemaToTakeBack): Promise<readonly string[]> {
  if ((run.facts.migrations ?? []).length === 0) return []
  const count = Object.values(kept).reduce((sum, rows) => sum + rows, 0)
  if (count > 0 && !lossy) {
    throw new FerryError(
      'FERRY_ROLLBACK_REFUSED',
      `the schema stays: ${count} rows were kept, and taking the tables back would lose them`,
      {
        hint: 'Look at them with `ferry rollback --dry-run`; `--lossy` takes the tables back all the same.',
      },
    )
  }
  await mendKnexLock(target.knex)
  return rollbackSchema({ target, run, lossy })
}
