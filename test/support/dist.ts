import { join } from 'node:path'
import { PROJECT_ROOT } from './project-root.ts'

/** The build under test; `npm test` makes it first. FERRY_DIST names another, so that a build in progress disturbs nobody. */
export const DIST = process.env.FERRY_DIST ?? join(PROJECT_ROOT, 'dist')
