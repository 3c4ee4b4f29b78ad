import { expect } from 'chai'
import { maskSql, readChecks, readDefinitions, readName } from '../../../../src/target/dialects/sqlite-ddl.ts'

describe('target/dialects/sqlite-ddl', () => {
  it('masks quoted text and comments and keeps every place', () => {
    const sql = `CREATE TABLE "a(" (b text DEFAULT 'it''s (' /* , */, [c,] int) -- )`
    const masked = maskSql(sql)
    expect(masked).to.have.length(sql.length)
    expect(masked).to.equal(`CREATE TABLE xxxx (b text DEFAULT xxxxxxxxx        , xxxx int)     `)
  })

  it('cuts a CREATE TABLE at its outer commas', () => {
    const texts = readDefinitions(`CREATE TABLE t (a numeric(1,2), b text CHECK (b IN (',', ')')), PRIMARY KEY (a, b)) STRICT`).map(
      ({ text }) => text,
    )
    expect(texts).to.deep.equal(['a numeric(1,2)', `b text CHECK (b IN (',', ')'))`, 'PRIMARY KEY (a, b)'])
    expect(readDefinitions('CREATE VIRTUAL TABLE t USING x')).to.deep.equal([])
  })

  it('reads names in every quoting SQLite takes', () => {
    expect(['a int', '"a ""b" int', '`a b` int', '[a b] int', "'a''b' int", 'a'].map(readName)).to.deep.equal([
      'a',
      'a "b',
      'a b',
      'a b',
      "a'b",
      'a',
    ])
  })

  it('finds every check of a definition, and no word that only looks like one', () => {
    const [definition] = readDefinitions(`CREATE TABLE t (a text DEFAULT 'CHECK (x)' CHECK (a > (1)) CHECK(a < 9))`)
    expect(definition && readChecks(definition)).to.deep.equal(['a > (1)', 'a < 9'])
  })
})
