import { assert } from 'chai'
import type { EngineName } from '../../../src/target/target.ts'
import { forEachEngine } from '../../support/engines.ts'

/** Indexes of `things`, and of `parts` which is partitioned on PostgreSQL. */
const SCHEMAS: Readonly<Record<EngineName, string>> = {
  sqlite: `create table things (id integer primary key, a text, b text);
    create index plain on things (a);
    create unique index rare on things (b) where a is null`,
  postgres: `create table things (id integer primary key, a text, b text);
    create index plain on things (a);
    create unique index rare on things (b) where a is null;
    create index noted on things (b);
    comment on index noted is 'why it is here';
    create index clustered on things (a, b);
    alter table things cluster on clustered;
    create table parts (id integer, at date, a text, primary key (id, at)) partition by range (at);
    create table parts_old partition of parts for values from ('2000-01-01') to ('2020-01-01');
    create table parts_new partition of parts default;
    create index "parts by a" on parts (a)`,
  mysql: `create table things (id integer primary key, a varchar(80), b varchar(80));
    create index plain on things (a);
    create unique index rare on things (b(3));
    create index noted on things (b) comment 'why it is here';
    create index turned on things (b desc, a(5))`,
}
/** By index: whether its text makes it again whole, and whether it is partial. */
const TOLD: Readonly<Record<EngineName, Readonly<Record<string, readonly [boolean, boolean]>>>> = {
  sqlite: { plain: [true, false], rare: [true, true] },
  postgres: { plain: [true, false], rare: [true, true], noted: [false, false], clustered: [false, false] },
  mysql: { plain: [true, false], rare: [true, true], noted: [false, false], turned: [true, true] },
}

forEachEngine('the text of an index', (db) => {
  it('is told only where it makes the index again whole', async () => {
    const { session, engine, exec } = db()
    await exec(SCHEMAS[engine])
    const table = await session.dialect.readTable(session, 'things')
    const found = (table?.indexes ?? []).map(({ name, ddl, partial }) => [name, [ddl !== undefined, partial ?? false]])
    assert.deepEqual(Object.fromEntries(found), TOLD[engine])
    if (engine !== 'postgres') return
    for (const name of ['parts', 'parts_old']) {
      const indexes = (await session.dialect.readTable(session, name))?.indexes ?? []
      assert.deepEqual(
        indexes.map(({ ddl }) => ddl),
        [undefined],
      )
    }
  })
})
