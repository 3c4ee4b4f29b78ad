import { describeLostConnections } from './connection-suite.ts'

if (process.env.FERRY_TEST_RESTARTS === '1') {
  describeLostConnections({ kills: 50, commits: Array.from({ length: 24 }, (_, n) => n + 1), teams: 20 })
}
