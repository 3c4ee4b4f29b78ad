import { describeCrashes } from './crash-suite.ts'

// The quick version of crash-long.test.ts: the same suite, fewer kills.
describeCrashes({ injected: 8, random: 3, duringRollback: 3, teams: 20 })
describeCrashes({ injected: 3, random: 1, duringRollback: 0, teams: 20, workers: true })
