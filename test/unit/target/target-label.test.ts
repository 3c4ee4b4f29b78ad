import { expect } from 'chai'
import type { Knex } from 'knex'
import { renderTargetLabel } from '../../../src/target/target-label.ts'

describe('target/target-label', () => {
  const labels: readonly [Parameters<typeof renderTargetLabel>[0], Knex.Config['connection'], string][] = [
    ['sqlite', { filename: '/app/garage.sqlite' }, 'sqlite:/app/garage.sqlite'],
    ['sqlite', { filename: ':memory:' }, 'sqlite::memory:'],
    ['postgres', 'postgres://ann:hunter2@db.example:6000/garage?sslpassword=hunter2', 'postgres://db.example:6000/garage'],
    ['postgres', { connectionString: 'postgresql://ann:hunter2@db.example/garage' }, 'postgres://db.example:5432/garage'],
    ['postgres', { host: 'db', user: 'ann', password: 'hunter2', database: 'garage' }, 'postgres://db:5432/garage'],
    ['mysql', { socketPath: '/run/mysqld.sock', user: 'ann', password: 'hunter2', database: 'garage' }, 'mysql:///run/mysqld.sock/garage'],
    ['mysql', { user: 'ann', password: 'hunter2', database: 'garage' }, 'mysql://127.0.0.1:3306/garage'],
    ['postgres', 'hunter2', 'postgres://127.0.0.1:5432/'],
    ['postgres', async () => ({ host: 'x', password: 'hunter2' }), 'postgres://127.0.0.1:5432/'],
  ]
  for (const [engine, connection, label] of labels) {
    it(`shows ${label} and no secret`, () => {
      const shown = renderTargetLabel(engine, connection === undefined ? {} : { connection })
      expect(shown).to.equal(label)
      expect(shown).not.to.match(/hunter2|ann/)
    })
  }
})
