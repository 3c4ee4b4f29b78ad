/** JSON text of a result: bigint as text, Map and Set as lists, Date as ISO, bytes as base64. */
export function renderJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, replaceMember, indent)
}

function replaceMember(this: unknown, _name: string, member: unknown): unknown {
  if (typeof member === 'bigint') return member.toString()
  if (member instanceof Map) return [...member]
  if (member instanceof Set) return [...member]
  if (member instanceof Uint8Array) return Buffer.from(member).toString('base64')
  return member
}
