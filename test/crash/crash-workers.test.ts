import { describeCrashes } from './crash-suite.ts'

// The quick version of what crash-long.test.ts does to runs with worker threads.
describeCrashes({ injected: 2, random: 1, duringRollback: 0, teams: 12, workers: true })
