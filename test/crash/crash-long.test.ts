import { describeCrashes } from './crash-suite.ts'

// FERRY_TEST_ENGINES chooses the engines; about a second a kill.
describeCrashes({ injected: 210, random: 70, duringRollback: 40, teams: 40 })
describeCrashes({ injected: 60, random: 40, duringRollback: 5, teams: 40, workers: true })
