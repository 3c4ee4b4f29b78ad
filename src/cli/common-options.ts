/** Options of every command. */
export const GLOBAL_OPTIONS = {
  json: { type: 'boolean', describe: 'machine-readable output on stdout' },
  verbose: { type: 'boolean', describe: 'show the cause of an error' },
  'no-color': { type: 'boolean', describe: 'plain text (also: NO_COLOR=1)' },
  help: { type: 'boolean', describe: 'show this help', alias: 'h' },
} as const

/** Of every command that needs the definition and its target. */
export const CONFIG_OPTIONS = {
  config: { type: 'string', describe: 'definition file (default: ferry.config.ts, .js or .mjs here)', alias: 'c' },
  env: { type: 'string', describe: "environment of the knexfile (default: NODE_ENV or 'development')" },
} as const

export const SOURCE_OPTION = {
  source: { type: 'string', describe: "file to read instead of the definition's source" },
} as const

export const RUN_OPTION = {
  run: { type: 'string', describe: 'id of the run, or its beginning (default: the newest)' },
} as const

export const WORKERS_OPTION = {
  workers: {
    type: 'number',
    describe: 'threads that read and check ahead (default: one for each processor but the first, at most 4; 0: none)',
  },
} as const

/** How a load goes; may differ between a start and its resume. */
export const PACE_OPTIONS = {
  'max-rejects': { type: 'string', describe: 'rejects allowed before the run stops: a count, or a share such as 1%' },
  'on-failure': { type: 'string', describe: 'after an error: keep what is committed, or take it out', choices: ['stop', 'rollback'] },
  'batch-rows': {
    type: 'number',
    describe: "rows committed together (default: the definition's, else what the database takes in a quarter of a second)",
  },
  throttle: { type: 'number', describe: 'rows per second at most' },
  ...WORKERS_OPTION,
  'stop-before': {
    type: 'string',
    describe: 'leave the run paused at this point for a person to look',
    choices: ['backup', 'migrate', 'load', 'verify', 'switch'],
  },
  profile: { type: 'boolean', describe: 'say where the time of the load went' },
  'no-verify': { type: 'boolean', describe: 'skip verification: the run ends completed_unverified' },
} as const
