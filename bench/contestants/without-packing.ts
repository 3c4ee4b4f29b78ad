import type { Target } from '../../src/index.ts'
import { wrapSessions } from './wrap-sessions.ts'

/** Rows are bound one by one, in the run's thread. */
export function withoutPacking(target: Target): Target {
  return wrapSessions(target, ({ dialect: { packing: _packing, ...dialect } }) => ({ dialect }))
}
