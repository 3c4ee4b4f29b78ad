import type { Run } from '../state/runs.ts'

export type RollbackLevel = 'switch' | 'rows' | 'schema' | 'restore'

export interface LevelStatement {
  readonly level: RollbackLevel
  readonly exact: string
  readonly restorable: string
  readonly lost: string
}

/** Says of each level what it brings back exactly, what can be had back by other means, and what it loses. */
export function describeLevels(levels: readonly RollbackLevel[], run: Run): readonly LevelStatement[] {
  return levels.map((level) => STATEMENTS[level](run))
}

const STATEMENTS: Readonly<Record<RollbackLevel, (run: Run) => LevelStatement>> = {
  switch: (run) => ({
    level: 'switch',
    exact: (run.facts.switched ?? []).length > 0 ? `${run.facts.switched?.join(', ')}: the original bytes` : 'nothing was switched',
    restorable: '',
    lost: 'nothing; a file changed since is left alone',
  }),
  rows: () => ({
    level: 'rows',
    exact: 'rows the run wrote that are still as written; rows it updated get their values back',
    restorable: 'the moved records: the source still has them',
    lost: 'nothing; rows edited since, and rows that others refer to, stay and are listed',
  }),
  schema: (run) => ({
    level: 'schema',
    exact: `the down of ${(run.facts.migrations ?? []).join(', ') || 'no migration: the run applied none'}`,
    restorable: run.facts.backup === undefined ? 'nothing: no backup was made' : `from the backup ${run.facts.backup}`,
    lost: 'every row of the tables that go, the app’s own included (refused unless --lossy while there are any)',
  }),
  restore: (run) => ({
    level: 'restore',
    exact: run.facts.backup === undefined ? 'not possible: no backup was made' : `the whole database as in ${run.facts.backup}`,
    restorable: '',
    lost: 'everything written after the backup, by anybody',
  }),
}
