import { describeCrashes } from './crash-suite.ts'

// FERRY_TEST_ENGINES chooses the engines; about a second a kill.
describeCrashes({ injected: 230, random: 60, duringRollback: 60, teams: 20 })
describeCrashes({ injected: 60, random: 40, duringRollback: 5, teams: 20, workers: true })
