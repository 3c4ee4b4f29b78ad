import { describeDialect } from '../../support/dialect-conformance.ts'
import { createSqliteDatabase } from '../../support/sqlite-database.ts'

describeDialect({
  name: 'sqlite',
  createDatabase: createSqliteDatabase,
  deferredTable: 'CREATE TABLE nodes (id integer PRIMARY KEY, parent_id integer REFERENCES nodes (id) DEFERRABLE INITIALLY DEFERRED)',
  switchesForeignKeys: true,
})
