import { createRequire } from 'node:module'
import type { Target } from '../target/target.ts'

/** Version of an installed package; 'unknown' where it does not say. */
export function driverVersion(name: string): string {
  try {
    const found: unknown = createRequire(import.meta.url)(`${name}/package.json`)
    const version: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, 'version') : undefined
    return typeof version === 'string' ? version : 'unknown'
  } catch {
    return 'unknown'
  }
}

/** Where Knex lists the migrations it applied. */
export function migrationTable(target: Target): string {
  const name: unknown = target.knex.client.config?.migrations?.tableName
  return typeof name === 'string' ? name : 'knex_migrations'
}
