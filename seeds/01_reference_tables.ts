import type { Knex } from 'knex'

const SPOT_TYPES = [
  { id: 1, code: 'compact', min_size: 0, max_size: 1 },
  { id: 2, code: 'standard', min_size: 1, max_size: 2 },
  { id: 3, code: 'oversized', min_size: 2, max_size: 3 },
]

const RATE_TYPES = [
  { id: 1, code: 'hourly' },
  { id: 2, code: 'daily' },
  { id: 3, code: 'monthly' },
]

/** The rows a transfer finds by `lookup`; running it twice leaves them as they are. */
export async function seed(knex: Knex): Promise<void> {
  await knex('spot_types').insert(SPOT_TYPES).onConflict('id').ignore()
  await knex('rate_types').insert(RATE_TYPES).onConflict('id').ignore()
}
