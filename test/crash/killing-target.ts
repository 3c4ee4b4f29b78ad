import type { Session, Target } from '../../src/target/target.ts'

export interface KillPlan {
  /** Which call of a session, counted from 1 over the process, is fatal; 0 never. */
  readonly at: number
  readonly when: 'before' | 'inside' | 'after'
}

/** Session methods that reach the database and change it. */
const COUNTED: ReadonlySet<PropertyKey> = new Set([
  'run',
  'begin',
  'commit',
  'rollback',
  'savepoint',
  'rollbackTo',
  'release',
  'insertRows',
  'insertPacked',
])

/** A target whose sessions end the process, by SIGKILL, at one given call; `calls()` tells how many there were; `onCall` hears of each. */
export function createKillingTarget(
  target: Target,
  plan: KillPlan,
  onCall: (call: number, name: string, sql: string) => void = () => {},
): { readonly target: Target; calls(): number } {
  let calls = 0
  const wrap = (session: Session): Session =>
    new Proxy(session, {
      get(inner, name) {
        const member: unknown = Reflect.get(inner, name, inner)
        if (typeof member !== 'function') return member
        if (!COUNTED.has(name)) return member.bind(inner)
        return async (...given: unknown[]) => {
          calls += 1
          onCall(calls, String(name), String(given[0] ?? ''))
          const fatal = calls === plan.at
          if (fatal && plan.when === 'before') die()
          if (fatal && plan.when === 'inside' && name === 'insertRows') await insertHalf(inner, given)
          if (fatal && plan.when === 'inside') die()
          const answer: unknown = await member.apply(inner, given)
          if (fatal) die()
          return answer
        }
      },
    })
  return { target: { ...target, openSession: async () => wrap(await target.openSession()) }, calls: () => calls }
}

async function insertHalf(session: Session, given: readonly unknown[]): Promise<void> {
  const [table, columns, rows] = given as Parameters<Session['insertRows']>
  await session.insertRows(table, columns, rows.slice(0, rows.length >> 1))
}

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}
