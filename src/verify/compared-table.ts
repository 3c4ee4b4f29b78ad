import type { HashTable } from '../core/hash-table.ts'
import type { Row } from '../core/row.ts'
import { pkText } from '../state/find-rows.ts'
import type { StepState } from '../state/steps.ts'
import type { Codec, Dialect, TableInfo } from '../target/target.ts'
import type { LinkedRows } from '../transform/journal-hashes.ts'
import type { RowHasher } from '../transform/row-hash.ts'
import { codecsOf } from '../transform/stored-codecs.ts'

/** What one load step wrote, and the patch step that filled its links, as they are compared. */
export interface ComparedStep extends LinkedRows {
  readonly load: StepState
  readonly patch: StepState | undefined
  readonly table: TableInfo
  /** Of `load.columns`; patched columns included. */
  readonly codecs: readonly Codec[]
  readonly pkCodecs: readonly Codec[]
  readonly hashPk: RowHasher
}

/** A target table of the run. */
export interface ComparedTable {
  readonly table: TableInfo
  readonly steps: readonly ComparedStep[]
  readonly rowsBefore: number
  readonly maxKeyBefore: string | undefined
  /** Rows that other runs wrote there, by the hash of their primary key. */
  readonly others: HashTable | undefined
  /** Rows whose links other runs filled: those columns are not compared. */
  readonly linkedByOthers: HashTable | undefined
  /** Rows that other runs added after this one began. */
  readonly addedByOthers: number
}

/** Joins the stored steps of a run to the tables as they are. A step whose columns are gone is left out and told in `lost`. */
export function compareSteps(
  steps: readonly StepState[],
  tables: ReadonlyMap<string, TableInfo>,
  tools: { readonly dialect: Dialect; readonly hasherFor: (codecs: readonly Codec[]) => RowHasher },
): { readonly compared: readonly ComparedStep[]; readonly lost: readonly string[] } {
  const compared: ComparedStep[] = []
  const lost: string[] = []
  for (const load of steps.filter(({ kind }) => kind === 'load')) {
    const table = tables.get(load.table)
    const codecs = table === undefined ? undefined : codecsOf(load, table, tools.dialect)
    if (table === undefined || codecs === undefined) {
      lost.push(load.table)
      continue
    }
    const patch = steps.find(({ kind, mapping }) => kind === 'patch' && mapping === load.mapping)
    const patched = patch?.columns.slice(load.primaryKey.length) ?? []
    const linkCodecs = patch && codecsOf(patch, table, tools.dialect)
    const pkPlaces = load.primaryKey.map((column) => load.columns.indexOf(column))
    const pkCodecs = pkPlaces.flatMap((place) => codecs[place] ?? [])
    compared.push({
      load,
      patch,
      table,
      codecs,
      hashRow: tools.hasherFor(codecs),
      hashLink: linkCodecs && tools.hasherFor(linkCodecs),
      pkPlaces,
      pkCodecs,
      hashPk: tools.hasherFor(pkCodecs),
      patchedPlaces: patched.map((column) => load.columns.indexOf(column)),
    })
  }
  return { compared, lost }
}

/** The primary key values of a row of the step's columns. */
export function pkOf(step: ComparedStep, row: Row): Row {
  return step.pkPlaces.map((place) => row[place] ?? null)
}

/** A primary key as a person reads it: its values, joined by commas. */
export function renderPk(pk: Row): string {
  return pk.map((value) => (value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value))).join(',')
}

/** Text that finds a row again, equal on both sides. */
export function pkTextOf(step: ComparedStep, pk: Row): string {
  return pkText(step.pkCodecs, pk)
}
