import type { Command } from './command.ts'

/** What `ferry --help` tells of a command; the command itself is imported only when it is called. */
export interface CommandEntry {
  readonly name: string
  readonly group: 'Move' | 'Look' | 'Undo' | 'Around'
  readonly about: string
  load(): Promise<{ readonly command: Command }>
}

/** In the order people need them. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'plan', group: 'Move', about: 'say what a transfer would do; writes nothing', load: () => import('./commands/plan.ts') },
  { name: 'rehearse', group: 'Move', about: 'there and back on a copy of the target', load: () => import('./commands/rehearse.ts') },
  { name: 'transfer', group: 'Move', about: 'move the source into the target', load: () => import('./commands/transfer.ts') },
  { name: 'resume', group: 'Move', about: 'go on with an unfinished run', load: () => import('./commands/resume.ts') },
  { name: 'retry', group: 'Move', about: "take up a run's rejects again", load: () => import('./commands/retry.ts') },
  { name: 'migrate', group: 'Move', about: 'apply the pending Knex migrations', load: () => import('./commands/migrate.ts') },
  { name: 'status', group: 'Look', about: 'where a run stands, and what to do next', load: () => import('./commands/status.ts') },
  { name: 'rejects', group: 'Look', about: 'what was turned away, and why', load: () => import('./commands/rejects.ts') },
  { name: 'verify', group: 'Look', about: 'prove what arrived', load: () => import('./commands/verify.ts') },
  {
    name: 'parity',
    group: 'Look',
    about: 'load several engines from one source, and compare them',
    load: () => import('./commands/parity.ts'),
  },
  { name: 'report', group: 'Look', about: "a run's report: text, JSON, HTML", load: () => import('./commands/report.ts') },
  { name: 'pause', group: 'Undo', about: 'ask a running transfer to stop after its batch', load: () => import('./commands/pause.ts') },
  { name: 'cancel', group: 'Undo', about: 'stop a run for good; its rows stay until rollback', load: () => import('./commands/cancel.ts') },
  { name: 'rollback', group: 'Undo', about: 'take out what a run wrote', load: () => import('./commands/rollback.ts') },
  {
    name: 'backup',
    group: 'Around',
    about: 'create, list, verify or restore a backup of the target',
    load: () => import('./commands/backup.ts'),
  },
  {
    name: 'switch',
    group: 'Around',
    about: "edit the app's configuration so that it uses the database",
    load: () => import('./commands/switch.ts'),
  },
  { name: 'snapshot', group: 'Around', about: 'inspect, check or convert a file of a store', load: () => import('./commands/snapshot.ts') },
]
