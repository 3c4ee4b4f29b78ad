import { fileURLToPath } from 'node:url'
import { defineTransfer, field, key, mapping, NdjsonAdapter, reference } from '../../src/index.ts'

/** A folder with one NDJSON file a table, named as in Northwind. */
const folder = process.env.NORTHWIND_DATA ?? './data/northwind'

// The records tell no zone; the company's office does.
const time = { pattern: 'yyyy-MM-dd HH:mm:ss.SSS', zone: 'America/Los_Angeles' } as const

const address = {
  address: field('Address').text().optional(),
  city: field('City').text().optional(),
  region: field('Region').text().optional(),
  postal_code: field('PostalCode').text().optional(),
  country: field('Country').text().optional(),
}

const company = {
  company_name: field('CompanyName').text(),
  contact_name: field('ContactName').text(),
  contact_title: field('ContactTitle').text(),
  ...address,
  phone: field('Phone').text().optional(),
  fax: field('Fax').text().optional(),
}

/** Northwind: composite keys, a table that refers to itself, blobs, times without a zone, and a table name with a space. */
export default defineTransfer({
  name: 'northwind',
  source: new NdjsonAdapter({
    path: folder,
    keyFields: {
      EmployeeTerritories: ['EmployeeID', 'TerritoryID'],
      Order_Details: ['OrderID', 'ProductID'],
      CustomerCustomerDemo: ['CustomerID', 'CustomerTypeID'],
    },
  }),
  target: { knexfile: fileURLToPath(new URL('./knexfile.ts', import.meta.url)) },
  folder: './data/.ferry',
  mappings: {
    categories: mapping({
      from: 'Categories',
      table: 'categories',
      columns: {
        id: key().integer(),
        name: field('CategoryName').text(),
        description: field('Description').text(),
        picture: field('Picture').bytes(),
      },
    }),
    customers: mapping({ from: 'Customers', table: 'customers', columns: { id: key().text(), ...company } }),
    employees: mapping({
      from: 'Employees',
      table: 'employees',
      columns: {
        id: key().integer(),
        last_name: field('LastName').text(),
        first_name: field('FirstName').text(),
        title: field('Title').text(),
        title_of_courtesy: field('TitleOfCourtesy').text(),
        born_on: field('BirthDate').date(),
        hired_on: field('HireDate').date(),
        ...address,
        home_phone: field('HomePhone').text(),
        extension: field('Extension').text(),
        photo: field('Photo').bytes(),
        notes: field('Notes').text(),
        reports_to: reference('employees', 'ReportsTo').optional(),
        photo_path: field('PhotoPath').text(),
      },
    }),
    regions: mapping({
      from: 'Regions',
      table: 'regions',
      columns: { id: key().integer(), description: field('RegionDescription').text() },
    }),
    territories: mapping({
      from: 'Territories',
      table: 'territories',
      // `01581` is text: its zero stays.
      columns: { id: key().text(), description: field('TerritoryDescription').text(), region_id: reference('regions', 'RegionID') },
    }),
    employeeTerritories: mapping({
      from: 'EmployeeTerritories',
      table: 'employee_territories',
      columns: { employee_id: reference('employees', 'EmployeeID'), territory_id: reference('territories', 'TerritoryID') },
    }),
    shippers: mapping({
      from: 'Shippers',
      table: 'shippers',
      columns: { id: key().integer(), company_name: field('CompanyName').text(), phone: field('Phone').text() },
    }),
    suppliers: mapping({
      from: 'Suppliers',
      table: 'suppliers',
      columns: { id: key().integer(), ...company, home_page: field('HomePage').text().optional() },
    }),
    products: mapping({
      from: 'Products',
      table: 'products',
      columns: {
        id: key().integer(),
        name: field('ProductName').text(),
        supplier_id: reference('suppliers', 'SupplierID'),
        category_id: reference('categories', 'CategoryID'),
        quantity_per_unit: field('QuantityPerUnit').text(),
        unit_price: field('UnitPrice').decimal({ scale: 2 }),
        units_in_stock: field('UnitsInStock').integer(),
        units_on_order: field('UnitsOnOrder').integer(),
        reorder_level: field('ReorderLevel').integer(),
        discontinued: field('Discontinued').oneOf({ '0': false, '1': true }),
      },
    }),
    orders: mapping({
      from: 'Orders',
      table: 'orders',
      columns: {
        id: key().integer(),
        customer_id: reference('customers', 'CustomerID'),
        employee_id: reference('employees', 'EmployeeID'),
        ordered_at: field('OrderDate').timestamp(time),
        required_at: field('RequiredDate').timestamp(time),
        shipped_at: field('ShippedDate').timestamp(time).optional(),
        shipper_id: reference('shippers', 'ShipVia'),
        freight: field('Freight').decimal({ scale: 2 }),
        ship_name: field('ShipName').text(),
        ship_address: field('ShipAddress').text().optional(),
        ship_city: field('ShipCity').text().optional(),
        ship_region: field('ShipRegion').text().optional(),
        ship_postal_code: field('ShipPostalCode').text().optional(),
        ship_country: field('ShipCountry').text().optional(),
      },
    }),
    orderDetails: mapping({
      from: 'Order_Details',
      table: 'Order Details',
      columns: {
        order_id: reference('orders', 'OrderID'),
        product_id: reference('products', 'ProductID'),
        unit_price: field('UnitPrice').decimal({ scale: 2 }),
        quantity: field('Quantity').integer(),
        discount: field('Discount').decimal({ scale: 2 }),
      },
    }),
    customerDemographics: mapping({
      from: 'CustomerDemographics',
      table: 'customer_demographics',
      columns: { id: key().text(), description: field('CustomerDesc').text().optional() },
    }),
    customerCustomerDemo: mapping({
      from: 'CustomerCustomerDemo',
      table: 'customer_customer_demo',
      columns: {
        customer_id: reference('customers', 'CustomerID'),
        customer_type_id: reference('customerDemographics', 'CustomerTypeID'),
      },
    }),
  },
})
