import type { Session, Target } from '../target/target.ts'

/** What of Knex's migrator is used beside its typed methods; `migrate.list()` itself would create its tables. */
interface Migrator {
  readonly config?: {
    readonly tableName?: string
    readonly loadExtensions?: readonly string[]
    readonly migrationSource?: {
      getMigrations(loadExtensions?: readonly string[]): Promise<readonly unknown[]>
      getMigrationName(migration: unknown): string
    }
  }
}

/**
 * Names of the Knex migrations that the target has not had, without writing; undefined where the target has no migrations to look at.
 * Only reads: Knex's own listing makes its bookkeeping tables when they are missing.
 */
export async function pendingMigrations(target: Target, session: Session): Promise<readonly string[] | undefined> {
  const { config }: Migrator = target.knex.migrate as unknown as Migrator
  const source = config?.migrationSource
  if (source === undefined) return undefined
  let names: readonly string[]
  try {
    names = (await source.getMigrations(config?.loadExtensions)).map((migration) => source.getMigrationName(migration))
  } catch {
    return undefined
  }
  const table = config?.tableName ?? 'knex_migrations'
  const tables = await session.dialect.listTables(session)
  if (!tables.includes(table)) return names
  const { quote } = session.dialect
  const done = await session.all<{ name: string }>(`select ${quote('name')} from ${quote(table)}`)
  const known = new Set(done.map(({ name }) => name))
  return names.filter((name) => !known.has(name))
}
