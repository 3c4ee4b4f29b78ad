import { expect } from 'chai'
import { isFerryError } from '../../../src/core/errors.ts'
import { field, id, key, lookup, parent, reference } from '../../../src/definition/builders.ts'
import { defineTransfer } from '../../../src/definition/define-transfer.ts'
import { orderSteps, type StepOrder } from '../../../src/definition/order-steps.ts'
import { mapping, type TransferInput } from '../../../src/definition/transfer-input.ts'
import { sketchTables, type TableSketch } from '../../support/tables.ts'

function order(mappings: TransferInput['mappings'], tables: Readonly<Record<string, TableSketch>>): StepOrder {
  return orderSteps(defineTransfer({ name: 't', target: {}, mappings }), sketchTables(tables))
}

const told = (found: StepOrder) => found.steps.map((step) => `${step.kind} ${step.mapping}: ${step.columns.join(' ')}`)
const table = (...columns: string[]): TableSketch => ({ columns: ['id uuid', ...columns], primaryKey: ['id'] })

describe('orderSteps', () => {
  it('puts parents first, by reference, parent(), lookup and foreign key, and keeps the order written otherwise', () => {
    const found = order(
      {
        lines: mapping({ from: 'orders', each: 'lines', table: 'lines', columns: { id: id.uuid(), order_id: parent() } }),
        orders: mapping({ from: 'orders', table: 'orders', columns: { id: id.uuid(), customer_id: reference('customers', 'customer') } }),
        notes: mapping({ from: 'notes', table: 'notes', columns: { id: id.uuid(), kind: lookup('kinds', { code: 'kind' }) } }),
        kinds: mapping({ from: 'kinds', table: 'kinds', columns: { id: id.uuid(), area: field('area').uuid() } }),
        areas: mapping({ from: 'areas', table: 'areas', columns: { id: id.uuid() } }),
        customers: mapping({ from: 'customers', table: 'customers', columns: { id: id.uuid() } }),
      },
      {
        lines: table('order_id uuid'),
        orders: table('customer_id uuid'),
        notes: table('kind uuid'),
        kinds: { ...table('area uuid'), foreignKeys: { area: 'areas.id' } },
        areas: table(),
        customers: table(),
      },
    )
    expect(found.steps.map((step) => step.mapping)).to.deep.equal(['areas', 'kinds', 'notes', 'customers', 'orders', 'lines'])
    expect(found.steps.map((step) => step.number)).to.deep.equal([0, 1, 2, 3, 4, 5])
    expect(found).to.deep.include({ cycles: [], enforcementOff: [], idMapped: new Set() })
  })

  it('fills a nullable column of a cycle of two by a patch after both loads', () => {
    const found = order(
      {
        spots: mapping({
          from: 's',
          table: 'spots',
          columns: { id: id.uuid(), vehicle_id: reference('vehicles', 'v').optional(), code: key().text() },
        }),
        vehicles: mapping({ from: 'v', table: 'vehicles', columns: { id: id.uuid(), spot_id: reference('spots', 's').optional() } }),
      },
      { spots: table('vehicle_id uuid?', 'code text'), vehicles: table('spot_id uuid?') },
    )
    expect(told(found)).to.deep.equal(['load spots: id code', 'load vehicles: id spot_id', 'patch spots: id vehicle_id'])
    expect(found.cycles).to.deep.equal([['spots', 'vehicles']])
    expect(found.steps[0]?.deferred).to.deep.equal(['vehicle_id'])
  })

  it('defers the side that is nullable where only one is', () => {
    const found = order(
      {
        spots: mapping({ from: 's', table: 'spots', columns: { id: id.uuid(), vehicle_id: reference('vehicles', 'v') } }),
        vehicles: mapping({ from: 'v', table: 'vehicles', columns: { id: id.uuid(), spot_id: reference('spots', 's').optional() } }),
      },
      { spots: table('vehicle_id uuid'), vehicles: table('spot_id uuid?') },
    )
    expect(told(found)).to.deep.equal(['load vehicles: id', 'load spots: id vehicle_id', 'patch vehicles: id spot_id'])
  })

  it('patches a self reference', () => {
    const found = order(
      {
        employees: mapping({
          from: 'e',
          table: 'employees',
          columns: { id: key().integer(), boss_id: reference('employees', 'boss').optional() },
        }),
      },
      { employees: { ...table('boss_id integer?'), foreignKeys: { boss_id: 'employees.id' } } },
    )
    expect(told(found)).to.deep.equal(['load employees: id', 'patch employees: id boss_id'])
    expect(found.cycles).to.deep.equal([['employees']])
  })

  it('breaks a cycle of three at one column', () => {
    const link = (from: string, to: string) =>
      mapping({ from, table: from, columns: { id: id.uuid(), next_id: reference(to, 'next').optional() } })
    const found = order(
      { a: link('a', 'b'), b: link('b', 'c'), c: link('c', 'a') },
      { a: table('next_id uuid?'), b: table('next_id uuid?'), c: table('next_id uuid?') },
    )
    expect(found.cycles).to.deep.equal([['a', 'b', 'c']])
    expect(told(found).filter((step) => step.startsWith('patch'))).to.deep.equal(['patch a: id next_id'])
    expect(found.steps.slice(0, 3).map((step) => step.mapping)).to.deep.equal(['a', 'c', 'b'])
  })

  it('refuses links to be filled later in rows that are skipped', () => {
    const skipping = mapping({
      from: 'e',
      table: 'e',
      conflict: 'skip',
      columns: { id: id.uuid(), next_id: reference('e', 'next').optional() },
    })
    expect(() => order({ e: skipping }, { e: table('next_id uuid?') })).to.throw(/skips rows that are there/)
  })

  it('turns enforcement off where every column of a cycle is NOT NULL', () => {
    const link = (from: string, to: string) => mapping({ from, table: from, columns: { id: id.uuid(), next_id: reference(to, 'next') } })
    const found = order({ a: link('a', 'b'), b: link('b', 'a') }, { a: table('next_id uuid'), b: table('next_id uuid') })
    expect(told(found)).to.deep.equal(['load a: id next_id', 'load b: id next_id'])
    expect([...found.enforcementOff].sort()).to.deep.equal(['a', 'b'])
  })

  it('turns enforcement off for a foreign key to its own table that carries raw values', () => {
    const found = order(
      { e: mapping({ from: 'e', table: 'e', columns: { id: field('id').integer(), boss: field('boss').integer().optional() } }) },
      { e: { columns: ['id integer', 'boss integer?'], primaryKey: ['id'], foreignKeys: { boss: 'e.id' } } },
    )
    expect(found).to.deep.include({ cycles: [['e']], enforcementOff: ['e'] })
    expect(found.steps.length).to.equal(1)
  })

  it('refuses a NOT NULL cycle whose ids are not known before the rows are written', () => {
    const link = (from: string, to: string) => mapping({ from, table: from, columns: { id: id.integer(), next_id: reference(to, 'next') } })
    const act = () => order({ a: link('a', 'b'), b: link('b', 'a') }, { a: table('next_id integer'), b: table('next_id integer') })
    expect(act)
      .to.throw()
      .that.satisfies((error: unknown) => isFerryError(error, 'FERRY_DEFINITION_CYCLE'))
  })

  it('maps the ids that do not follow from the key, where something refers to them', () => {
    const found = order(
      {
        a: mapping({ from: 'a', table: 'a', columns: { id: id.integer() } }),
        b: mapping({ from: 'b', table: 'b', columns: { id: field('id').integer(), a_id: reference('a', 'a') } }),
        c: mapping({ from: 'c', table: 'c', columns: { id: id.uuid() } }),
        d: mapping({ from: 'd', table: 'd', columns: { id: id.uuid(), c_id: reference('c', 'c'), u_id: reference('u', 'u') } }),
        u: mapping({ from: 'u', table: 'u', conflict: 'upsert', columns: { id: id.uuid() } }),
      },
      { a: table(), b: table('a_id integer'), c: table(), d: table('c_id uuid', 'u_id uuid'), u: table() },
    )
    expect([...found.idMapped].sort()).to.deep.equal(['a', 'u'])
  })

  it('refuses a table the target does not have', () => {
    const act = () => order({ a: mapping({ from: 'a', table: 'nowhere', columns: { id: id.uuid() } }) }, {})
    expect(act)
      .to.throw()
      .that.satisfies((error: unknown) => isFerryError(error, 'FERRY_DEFINITION_UNKNOWN_TABLE'))
  })
})
