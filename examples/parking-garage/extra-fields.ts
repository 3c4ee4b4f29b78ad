const KNOWN = new Set(['id', 'floor', 'bay', 'spotNumber', 'type', 'status', 'features', 'currentVehicle', 'createdAt', 'updatedAt'])

/** Fields of a spot that no model knows, so that none is lost; undefined where there are none. Dates become ISO 8601 text. */
export function extraFields(spot: object): Record<string, unknown> | undefined {
  const entries = Object.entries(spot).filter(([name]) => !KNOWN.has(name))
  if (entries.length === 0) return undefined
  return Object.fromEntries(entries.map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]))
}
