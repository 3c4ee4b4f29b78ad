import { Worker } from 'node:worker_threads'
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
  const shoot = plan.at > 0 && plan.when === 'inside' ? aim() : die
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
          if (!fatal) return member.apply(inner, given)
          if (plan.when === 'before') die()
          if (plan.when === 'inside' && name === 'insertRows') await insertHalf(inner, given)
          if (plan.when === 'inside') shoot()
          // a statement that fails is survived by nobody either
          await Promise.resolve(member.apply(inner, given)).catch(() => {})
          if (plan.when === 'after') die()
          // the shot is on its way: nothing more of this process may reach the database
          return new Promise(() => {})
        }
      },
    })
  return { target: { ...target, openSession: async () => wrap(await target.openSession()) }, calls: () => calls }
}

async function insertHalf(session: Session, given: readonly unknown[]): Promise<void> {
  const [table, columns, rows] = given as Parameters<Session['insertRows']>
  try {
    await session.insertRows(table, columns, rows.slice(0, rows.length >> 1))
  } finally {
    die()
  }
}

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

/** A second thread that kills the process some microseconds after the returned function was called: the statement begun meanwhile is then under way, even one that blocks this thread. */
function aim(): () => void {
  const trigger = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads')
    Atomics.wait(workerData.trigger, 0, 0)
    const until = performance.now() + Math.random() * 0.5
    while (performance.now() < until);
    process.kill(process.pid, 'SIGKILL')`,
    { eval: true, workerData: { trigger } },
  )
  worker.unref()
  return () => {
    worker.ref()
    Atomics.store(trigger, 0, 1)
    Atomics.notify(trigger, 0)
  }
}
