import type { Run } from '../state/runs.ts'

export type RollbackLevel = 'switch' | 'rows' | 'schema' | 'restore'

export interface LevelStatement {
  readonly level: RollbackLevel
  readonly exact: string
  readonly restorable: string
  readonly lost: string
}

const ORDER: readonly RollbackLevel[] = ['switch', 'rows', 'schema', 'restore']

/**
 * The levels that are worked through, in order; default: switch and rows. The schema cannot go while its rows stay, so it brings `rows` with it;
 * a restore leaves nothing for rows and schema to do, and takes the configuration back with it.
 */
export function orderLevels(asked: readonly RollbackLevel[] = ['switch', 'rows']): readonly RollbackLevel[] {
  if (asked.includes('restore')) return ['switch', 'restore']
  const wanted = asked.includes('schema') ? [...asked, 'rows'] : asked
  return ORDER.filter((level) => wanted.includes(level))
}

/** Says of each level what it brings back exactly, what can be had back by other means, and what it loses. */
export function describeLevels(levels: readonly RollbackLevel[], run: Run): readonly LevelStatement[] {
  return levels.map((level) => STATEMENTS[level](run, levels))
}

const STATEMENTS: Readonly<Record<RollbackLevel, (run: Run, levels: readonly RollbackLevel[]) => LevelStatement>> = {
  switch: ({ facts }, levels) => ({
    level: 'switch',
    exact: (facts.switched ?? []).length > 0 ? `${facts.switched?.join(', ')}: the original bytes` : 'nothing was switched',
    restorable: '',
    lost: `nothing; a file that somebody changed since is not touched, and stops ${levels.length > 1 ? 'the rollback before it begins' : 'this'}`,
  }),
  rows: ({ facts }, levels) => ({
    level: 'rows',
    exact: 'rows the run wrote that are still as written; rows it updated get their values back',
    restorable: 'the moved records: from the source, or from the snapshot it was written to',
    lost: `nothing; rows edited since, and rows that others refer to, stay and are listed${
      (facts.switched ?? []).length === 0 || levels.includes('switch') ? '' : `; ${facts.switched?.join(', ')} goes on naming this database`
    }`,
  }),
  schema: ({ facts }) => ({
    level: 'schema',
    exact: `the down of ${[...(facts.migrations ?? [])].reverse().join(', ') || 'no migration: the run applied none'}`,
    restorable: facts.backup === undefined ? 'nothing: no backup was made' : `from the backup ${facts.backup}`,
    lost: 'every row of the tables that go, the app’s own included (refused unless --lossy while there are any)',
  }),
  restore: ({ facts }) => ({
    level: 'restore',
    exact: facts.backup === undefined ? 'not possible: no backup was made' : `the whole database as in ${facts.backup}`,
    restorable: '',
    lost: 'everything written after the backup, by anybody',
  }),
}
