import { describeCrashes } from './crash-suite.ts'

// FERRY_TEST_ENGINES chooses the engines; about a second a kill.
describeCrashes({ injected: 230, random: 60, duringRollback: 60, teams: 20 })
