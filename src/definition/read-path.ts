const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

/** A member of an object, list or Map; undefined where there is none. Names every object inherits are found only where they are its own. */
export function readMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof Map) return readEntry(value, name)
  if (INHERITED.has(name) && !Object.hasOwn(value, name)) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}

/** `readMember` of one name, for the hot path: what depends on the name alone is asked once. */
export function compileMember(name: string): (value: unknown) => unknown {
  if (INHERITED.has(name)) return (value) => readMember(value, name)
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined
    return value instanceof Map ? readEntry(value, name) : (value as Readonly<Record<string, unknown>>)[name]
  }
}

/** The value at the end of a path; undefined where a member on the way is absent. */
export function readPath(value: unknown, path: readonly string[]): unknown {
  let at = value
  for (const name of path) at = readMember(at, name)
  return at
}

/** A path writes a numeric Map key as text. */
function readEntry(map: ReadonlyMap<unknown, unknown>, name: string): unknown {
  if (map.has(name)) return map.get(name)
  return name !== '' && String(Number(name)) === name ? map.get(Number(name)) : undefined
}
