import { workload as sessions } from './sessions.ts'
import type { Workload } from './workload.ts'

/** The sessions once more, out of a snapshot file. */
export const workload: Workload = { ...sessions, name: 'snapshot', title: `${sessions.title}, in a snapshot`, form: 'snapshot' }
