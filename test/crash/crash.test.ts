import { describeCrashes } from './crash-suite.ts'

// The quick version of crash-long.test.ts: the same suite, fewer kills.
describeCrashes({ injected: 6, random: 2, duringRollback: 2, teams: 20 })
describeCrashes({ injected: 2, random: 1, duringRollback: 0, teams: 20, workers: true })
