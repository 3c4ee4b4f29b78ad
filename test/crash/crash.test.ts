import { describeCrashes } from './crash-suite.ts'

// The quick version of crash-long.test.ts: the same suite, fewer kills; a server's cost most.
describeCrashes({ injected: 5, random: 1, duringRollback: 1, teams: 12, engines: ['sqlite'] })
describeCrashes({ injected: 3, random: 1, duringRollback: 1, teams: 12, engines: ['postgres', 'mysql'] })
