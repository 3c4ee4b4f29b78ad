import { describeLostConnections } from './connection-suite.ts'

// The quick version of connection-long.test.ts: the same suite, fewer losses.
describeLostConnections({ kills: 4, commits: [1, 4, 12], teams: 12 })
