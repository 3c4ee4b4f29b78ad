import type { Session, Target } from '../../src/target/target.ts'

/** How many batches the target got packed, for one table or for any. */
export function countPacked(target: Target, table?: string): { readonly target: Target; count(): number } {
  let packed = 0
  return {
    count: () => packed,
    target: {
      ...target,
      openSession: async () => {
        const session = await target.openSession()
        return new Proxy(session, {
          get(inner, name) {
            const member: unknown = Reflect.get(inner, name, inner)
            if (typeof member !== 'function') return member
            if (name !== 'insertPacked') return member.bind(inner)
            return (...given: Parameters<NonNullable<Session['insertPacked']>>) => {
              if (table === undefined || given[0].endsWith(table)) packed += 1
              return member.apply(inner, given)
            }
          },
        })
      },
    },
  }
}
