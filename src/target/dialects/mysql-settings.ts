import { renderLiteral } from './mysql-literals.ts'

/** What a session needs, by variable; every one is put back at close. */
export type MysqlSettings = Readonly<Record<string, string>>

// Strict: a value that does not fit is an error, never cut; explicit ids of 0 stay 0; backslash escapes stay on.
const SQL_MODE = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO'

/** The settings of a session. MariaDB before 11.1 knows the old names of the transaction variables only, MySQL 8 the new ones. */
export function wantedSettings(server: { readonly mariadb: boolean; readonly readOnly: boolean }): MysqlSettings {
  const prefix = server.mariadb ? 'tx' : 'transaction'
  return {
    character_set_client: 'utf8mb4',
    character_set_results: 'utf8mb4',
    character_set_connection: 'utf8mb4',
    collation_connection: 'utf8mb4_bin',
    time_zone: '+00:00',
    autocommit: '1',
    foreign_key_checks: '1',
    [`${prefix}_isolation`]: 'READ-COMMITTED',
    [`${prefix}_read_only`]: server.readOnly ? '1' : '0',
    // Else MySQL 8 answers a day-old AUTO_INCREMENT.
    ...(server.mariadb ? {} : { information_schema_stats_expiry: '0' }),
    // Last, for the texts before it are read under the mode that was.
    sql_mode: SQL_MODE,
  }
}

/** One SET for all of them. */
export function renderSet(settings: MysqlSettings): string {
  const parts = Object.entries(settings).map(([name, value]) => `@@session.${name} = ${/^\d+$/.test(value) ? value : renderLiteral(value)}`)
  return `set ${parts.join(', ')}`
}
