import type { Session } from '../target.ts'

/** Invalid indexes and constraints by the catalog; B-trees page by page where the amcheck extension is installed. */
export async function checkPostgresIntegrity(session: Session): Promise<readonly string[]> {
  const found = await session.all<{ problem: string }>(
    `select 'index ' || i.indexrelid::regclass::text || ' is not valid' as problem from pg_index i where not (i.indisvalid and i.indisready)
     union all
     select 'constraint ' || c.conname || ' on ' || c.conrelid::regclass::text || ' is not validated' from pg_constraint c where not c.convalidated`,
  )
  return [...found.map((row) => row.problem), ...(await checkTrees(session))]
}

async function checkTrees(session: Session): Promise<string[]> {
  const [amcheck] = await session.all<{ schema: string }>(
    `select n.nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'amcheck'`,
  )
  if (amcheck === undefined) return []
  const trees = await session.all<{ oid: number; name: string }>(
    `select c.oid, c.oid::regclass::text as name from pg_index i join pg_class c on c.oid = i.indexrelid
       join pg_am a on a.oid = c.relam join pg_namespace n on n.oid = c.relnamespace
     where a.amname = 'btree' and c.relkind = 'i' and c.relpersistence = 'p' and i.indisvalid and n.nspname not like 'pg\\_%'`,
  )
  const problems: string[] = []
  for (const tree of trees) {
    try {
      await session.run(`select ${session.dialect.quote(amcheck.schema)}.bt_index_check(?::oid::regclass)`, [tree.oid])
    } catch {
      problems.push(`index ${tree.name} does not pass bt_index_check`)
    }
  }
  return problems
}
