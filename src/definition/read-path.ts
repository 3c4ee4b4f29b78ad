const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

/** How the value at the end of a path is read; undefined where a member on the way is absent. */
export function compilePath(path: readonly string[]): (value: unknown) => unknown {
  const members = path.map(compileMember)
  const [only] = members
  if (only !== undefined && members.length === 1) return only
  return (value) => {
    let at = value
    for (const member of members) at = member(at)
    return at
  }
}

/** A member of an object, list or Map. Names every object inherits are found only where they are its own. */
function compileMember(name: string): (value: unknown) => unknown {
  const isInherited = INHERITED.has(name)
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined
    if (value instanceof Map) return readEntry(value, name)
    return isInherited && !Object.hasOwn(value, name) ? undefined : (value as Readonly<Record<string, unknown>>)[name]
  }
}

/** A path writes a numeric Map key as text. */
function readEntry(map: ReadonlyMap<unknown, unknown>, name: string): unknown {
  if (map.has(name)) return map.get(name)
  return name !== '' && String(Number(name)) === name ? map.get(Number(name)) : undefined
}
