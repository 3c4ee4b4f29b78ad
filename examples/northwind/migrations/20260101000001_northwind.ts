import type { Knex } from 'knex'

/** The tables of Northwind. Names are today's, but for `Order Details`, which keeps its space. */
export async function up(knex: Knex): Promise<void> {
  for (const createTables of [createStaff, createGoods, createOrders, createDemographics]) await createTables(knex)
}

export async function down(knex: Knex): Promise<void> {
  const tables = ['customer_customer_demo', 'customer_demographics', 'Order Details', 'orders', 'products', 'suppliers', 'categories']
  for (const name of [...tables, 'shippers', 'customers', 'employee_territories', 'territories', 'regions', 'employees']) {
    await knex.schema.dropTable(name)
  }
}

async function createStaff(knex: Knex): Promise<void> {
  await knex.schema.createTable('employees', (table) => {
    table.integer('id').primary()
    table.string('last_name', 20).notNullable()
    table.string('first_name', 10).notNullable()
    table.string('title', 30).notNullable()
    table.string('title_of_courtesy', 25).notNullable()
    table.date('born_on').notNullable()
    table.date('hired_on').notNullable()
    address(table)
    table.string('home_phone', 24).notNullable()
    table.string('extension', 4).notNullable()
    table.binary('photo').notNullable()
    table.text('notes').notNullable()
    table.integer('reports_to').nullable().references('id').inTable('employees')
    table.string('photo_path', 255).notNullable()
  })
  await knex.schema.createTable('regions', (table) => {
    table.integer('id').primary()
    table.string('description', 50).notNullable()
  })
  await knex.schema.createTable('territories', (table) => {
    code(knex, table, 'id', 20).primary()
    table.string('description', 50).notNullable()
    table.integer('region_id').notNullable().references('id').inTable('regions')
  })
  await knex.schema.createTable('employee_territories', (table) => {
    table.integer('employee_id').notNullable().references('id').inTable('employees')
    code(knex, table, 'territory_id', 20).notNullable().references('id').inTable('territories')
    table.primary(['employee_id', 'territory_id'])
  })
}

async function createGoods(knex: Knex): Promise<void> {
  await knex.schema.createTable('categories', (table) => {
    table.integer('id').primary()
    table.string('name', 15).notNullable()
    table.text('description').notNullable()
    table.binary('picture').notNullable()
  })
  await knex.schema.createTable('suppliers', (table) => {
    table.integer('id').primary()
    company(table)
    table.text('home_page').nullable()
  })
  await knex.schema.createTable('products', (table) => {
    table.integer('id').primary()
    table.string('name', 40).notNullable()
    table.integer('supplier_id').notNullable().references('id').inTable('suppliers')
    table.integer('category_id').notNullable().references('id').inTable('categories')
    table.string('quantity_per_unit', 20).notNullable()
    table.decimal('unit_price', 10, 2).notNullable()
    table.integer('units_in_stock').notNullable()
    table.integer('units_on_order').notNullable()
    table.integer('reorder_level').notNullable()
    table.boolean('discontinued').notNullable()
    table.index(['name'], 'products_name_index')
  })
}

async function createOrders(knex: Knex): Promise<void> {
  await knex.schema.createTable('customers', (table) => {
    code(knex, table, 'id', 5).primary()
    company(table)
  })
  await knex.schema.createTable('shippers', (table) => {
    table.integer('id').primary()
    table.string('company_name', 40).notNullable()
    table.string('phone', 24).notNullable()
  })
  await knex.schema.createTable('orders', (table) => {
    table.integer('id').primary()
    code(knex, table, 'customer_id', 5).notNullable().references('id').inTable('customers')
    table.integer('employee_id').notNullable().references('id').inTable('employees')
    table.datetime('ordered_at', { precision: 3 }).notNullable()
    table.datetime('required_at', { precision: 3 }).notNullable()
    table.datetime('shipped_at', { precision: 3 }).nullable()
    table.integer('shipper_id').notNullable().references('id').inTable('shippers')
    table.decimal('freight', 10, 2).notNullable()
    table.string('ship_name', 40).notNullable()
    for (const name of ['ship_address', 'ship_city', 'ship_region', 'ship_postal_code', 'ship_country']) table.string(name, 60).nullable()
    table.index(['ordered_at'], 'orders_ordered_at_index')
  })
  await knex.schema.createTable('Order Details', (table) => {
    table.integer('order_id').notNullable().references('id').inTable('orders')
    table.integer('product_id').notNullable().references('id').inTable('products')
    table.decimal('unit_price', 10, 2).notNullable()
    table.integer('quantity').notNullable()
    table.decimal('discount', 4, 2).notNullable()
    table.primary(['order_id', 'product_id'], 'order_details_pkey')
  })
}

async function createDemographics(knex: Knex): Promise<void> {
  await knex.schema.createTable('customer_demographics', (table) => {
    code(knex, table, 'id', 10).primary()
    table.text('description').nullable()
  })
  await knex.schema.createTable('customer_customer_demo', (table) => {
    code(knex, table, 'customer_id', 5).notNullable().references('id').inTable('customers')
    code(knex, table, 'customer_type_id', 10).notNullable().references('id').inTable('customer_demographics')
    table.primary(['customer_id', 'customer_type_id'])
  })
}

/** A key that is text: compared byte by byte on every engine. */
function code(knex: Knex, table: Knex.CreateTableBuilder, name: string, length: number): Knex.ColumnBuilder {
  const column = table.string(name, length)
  return /mysql|maria/.test(knex.client.config.client) ? column.collate('utf8mb4_bin') : column
}

function company(table: Knex.CreateTableBuilder): void {
  table.string('company_name', 40).notNullable()
  table.string('contact_name', 30).notNullable()
  table.string('contact_title', 30).notNullable()
  address(table)
  table.string('phone', 24).nullable()
  table.string('fax', 24).nullable()
}

function address(table: Knex.CreateTableBuilder): void {
  for (const name of ['address', 'city', 'region', 'postal_code', 'country']) table.string(name, 60).nullable()
}
