import { describeDialect } from '../../support/dialect-conformance.ts'
import { createPostgresDatabase } from '../../support/postgres-database.ts'

describeDialect({
  name: 'postgres',
  createDatabase: createPostgresDatabase,
  deferredTable: 'CREATE TABLE nodes (id integer PRIMARY KEY, parent_id integer REFERENCES nodes (id) DEFERRABLE INITIALLY DEFERRED)',
  switchesForeignKeys: false,
})
