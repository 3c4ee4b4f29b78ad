import { scatter } from './scatter.ts'
import { type Collection, listItems, type Workload } from './workload.ts'

interface Reading {
  readonly id: number
  readonly n: number
}

/** Two numbers a record: what a row costs by itself. */
export const workload: Workload = {
  name: 'tiny',
  title: 'records of two numbers',
  form: 'ndjson',
  records: { usual: 500_000, full: 2_000_000 },
  tables: [
    {
      name: 'readings',
      primaryKey: ['id'],
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'n', type: 'integer' },
      ],
    },
  ],
  collections(records) {
    const readings: Collection<Reading> = {
      name: 'readings',
      items: () => listItems(records, (id) => ({ id, n: scatter(id) % 1_000_000 })),
      fills: [{ table: 'readings', row: ({ id, n }) => [id, n] }],
    }
    return [readings]
  },
  transfer: ({ defineTransfer, field, key, mapping }, { source, folder }) =>
    defineTransfer({
      name: 'bench-tiny',
      source,
      target: {},
      folder,
      mappings: {
        readings: mapping<Reading>({
          from: 'readings',
          table: 'readings',
          schema: {
            type: 'object',
            required: ['id', 'n'],
            additionalProperties: false,
            properties: { id: { type: 'integer' }, n: { type: 'integer' } },
          },
          columns: { id: key().integer(), n: field('n').integer() },
        }),
      },
    }),
}
