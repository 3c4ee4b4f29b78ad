import { isReadable } from '../core/record.ts'
import type { SourceAdapter } from '../core/source-adapter.ts'
import { showControls } from '../report/render-table.ts'

/** Fields and reasons remembered at most, so that a survey of any file stays small. */
const MAX_FIELDS = 60
const MAX_REASONS = 5

export interface CollectionSurvey {
  readonly name: string
  readonly kind: string
  readonly records: number
  readonly unreadable: number
  /** Up to five. */
  readonly reasons: readonly string[]
  /** Members of the records by name: how often each type was seen. Other records stand under ''. */
  readonly fields: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export interface SourceSurvey {
  readonly adapter: string
  readonly fingerprint: string
  readonly collections: readonly CollectionSurvey[]
}

/** Reads a source through, and counts records and the types of their members. Values are not kept. */
export async function surveySource(source: SourceAdapter): Promise<SourceSurvey> {
  const collections: CollectionSurvey[] = []
  for (const { name, kind } of await source.describe()) collections.push(await surveyCollection(source, name, kind))
  return { adapter: source.name, fingerprint: await source.fingerprint(), collections }
}

async function surveyCollection(source: SourceAdapter, name: string, kind: string): Promise<CollectionSurvey> {
  const fields = new Map<string, Map<string, number>>()
  const reasons: string[] = []
  let records = 0
  let unreadable = 0
  for await (const page of source.read(name)) {
    for (const item of page.items) {
      if (isReadable(item)) {
        records += 1
        addFields(fields, item.value)
      } else {
        unreadable += 1
        if (reasons.length < MAX_REASONS) reasons.push(showControls(item.unreadable.reason))
      }
    }
  }
  const entries = [...fields].map(([field, types]) => [field, Object.fromEntries(types)] as const)
  return { name, kind, records, unreadable, reasons, fields: Object.fromEntries(entries) }
}

function addFields(fields: Map<string, Map<string, number>>, value: unknown): void {
  const type = nameType(value)
  if (type !== 'object' || value === null || typeof value !== 'object') {
    addType(fields, '', type)
    return
  }
  for (const [name, member] of Object.entries(value)) addType(fields, name, nameType(member))
}

function addType(fields: Map<string, Map<string, number>>, name: string, type: string): void {
  let types = fields.get(name)
  if (types === undefined) {
    if (fields.size >= MAX_FIELDS) return
    types = new Map()
    fields.set(name, types)
  }
  types.set(type, (types.get(type) ?? 0) + 1)
}

function nameType(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  if (Array.isArray(value)) return 'list'
  if (value instanceof Date) return 'Date'
  if (value instanceof Map) return 'Map'
  if (value instanceof Set) return 'Set'
  return value instanceof Uint8Array ? 'bytes' : 'object'
}
