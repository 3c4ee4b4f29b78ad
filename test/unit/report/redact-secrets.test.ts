import { expect } from 'chai'
import fc from 'fast-check'
import { redactSecrets } from '../../../src/core/redact-secrets.ts'

describe('redactSecrets', () => {
  const secrets: readonly [string, string][] = [
    ['postgres://app:hunter2@db.example:5432/garage', 'postgres://***@db.example:5432/garage'],
    ['mysql://root:p@ss:w@127.0.0.1/x', 'mysql://***@127.0.0.1/x'],
    ['password=hunter2 host=db', 'password=*** host=db'],
    ['{"user":"a","password":"hun ter2","port":1}', '{"user":"a","password":"***","port":1}'],
    ["PGPASSWORD='hunter2' psql", "PGPASSWORD='***' psql"],
    ['pg_dump --password hunter2 -d x', 'pg_dump --password *** -d x'],
    ['Authorization: Bearer eyJhbGciOi.J9', 'Authorization: Bearer ***'],
    ['apiKey: abc123, next', 'apiKey: ***, next'],
  ]
  for (const [text, masked] of secrets) {
    it(`masks ${text.split(/[=:]/)[0]}`, () => {
      expect(redactSecrets(text)).to.equal(masked)
    })
  }

  it('leaves words without secrets alone', () => {
    for (const text of [
      'sqlite:/app/garage.sqlite',
      'lease token: 7',
      'step 3 of 8: spots',
      'password column of users is unmapped',
      'a@b.c',
    ]) {
      expect(redactSecrets(text)).to.equal(text)
    }
  })

  it('never lets the password of a connection string through', () => {
    const word = fc.string({ minLength: 4, maxLength: 20 }).filter((text) => /^[^\s'"`<>]+$/.test(text))
    fc.assert(
      fc.property(word, (password) => {
        const secret = `Zq${password}qZ`
        expect(redactSecrets(`cannot reach postgres://app:${secret}@db/garage now`)).to.not.contain(secret)
      }),
    )
  })
})
