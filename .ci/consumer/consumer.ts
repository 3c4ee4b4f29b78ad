// Type-checked in an empty project that has only the packed tarball installed; never run.
import {
  DataMigration,
  defineTransfer,
  exportStore,
  type FerryError,
  field,
  id,
  index,
  item,
  key,
  MemoryStoreAdapter,
  mapping,
  parent,
  type RunResult,
} from 'knex-ferry'
import type { Page, SourceAdapter } from 'knex-ferry/adapter'

interface Poet {
  name: string
  lines: { text: string }[]
}

exportStore({ poets: new Map<string, Poet>() }, 'store.ferry.ndjson')

const transfer = defineTransfer({
  name: 'poetry',
  source: new MemoryStoreAdapter({ file: 'store.ferry.ndjson' }),
  target: { knexfile: './knexfile.js' },
  mappings: {
    poets: mapping<Poet>({ from: 'poets', table: 'poets', columns: { id: id.uuid(), code: key().text(), name: field('name').text() } }),
    lines: mapping<Poet, Poet['lines'][number]>({
      from: 'poets',
      each: 'lines',
      table: 'lines',
      columns: { poet_id: parent(), position: index(), text: item('text').text() },
    }),
    // @ts-expect-error a poet has no such field
    wrong: mapping<Poet>({ from: 'poets', table: 'wrong', columns: { name: field('nmae').text() } }),
  },
})

export const result: Promise<RunResult> = new DataMigration(transfer).migrateFromMemoryStore()
export const pages: (source: SourceAdapter) => AsyncIterable<Page> = (source) => source.read('poets')
export const codeOf = (error: FerryError): string => error.code
