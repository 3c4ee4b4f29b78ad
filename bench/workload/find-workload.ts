import type { Workload } from './workload.ts'

/** Every workload; a contestant loads the one it needs. */
const WORKLOADS: Readonly<Record<string, () => Promise<{ readonly workload: Workload }>>> = {
  sessions: () => import('./sessions.ts'),
  snapshot: () => import('./snapshot.ts'),
  wide: () => import('./wide.ts'),
  tiny: () => import('./tiny.ts'),
  texts: () => import('./texts.ts'),
  lists: () => import('./lists.ts'),
  ids: () => import('./ids.ts'),
  large: () => import('./large.ts'),
}

export const WORKLOAD_NAMES: readonly string[] = Object.keys(WORKLOADS)

/** @throws TypeError for a name that no workload has */
export async function findWorkload(name: string): Promise<Workload> {
  const load = Object.hasOwn(WORKLOADS, name) ? WORKLOADS[name] : undefined
  if (load === undefined) throw new TypeError(`there is no workload ${JSON.stringify(name)}: ${WORKLOAD_NAMES.join(', ')}`)
  return (await load()).workload
}
