import { describeDialect } from '../../support/dialect-conformance.ts'
import { createMysqlDatabase } from '../../support/mysql-database.ts'

describeDialect({ name: 'mysql', createDatabase: createMysqlDatabase, switchesForeignKeys: true })
