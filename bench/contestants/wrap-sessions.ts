import type { Target } from '../../src/index.ts'

type Session = Awaited<ReturnType<Target['openSession']>>

/** A target whose sessions do some things otherwise: measures what the library has, and must have, no switch for. */
export function wrapSessions(target: Target, change: (session: Session) => Partial<Session>): Target {
  return Object.create(target, {
    openSession: {
      value: async () => {
        const session = await target.openSession()
        return Object.create(session, Object.getOwnPropertyDescriptors(change(session)))
      },
    },
  })
}
