/** Quotes an identifier of SQLite; `schema.table` keeps its dot. */
export function quoteSqlite(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.')
}
