/** The public library: everything the command line does, as typed functions. */
export { JsonAdapter } from '../adapters/json-adapter.ts'
export { MemoryStoreAdapter } from '../adapters/memory-store-adapter.ts'
export { MongoexportAdapter } from '../adapters/mongoexport-adapter.ts'
export { NdjsonAdapter } from '../adapters/ndjson-adapter.ts'
export { NedbAdapter } from '../adapters/nedb-adapter.ts'
export { openSource } from '../adapters/open-source.ts'
export type { Backup } from './backup/create-backup.ts'
export type { Check } from './core/check.ts'
export { ERROR_CODES, type ErrorCode } from './core/error-codes.ts'
export { FerryError, isFerryError } from './core/errors.ts'
export type { RunEvent } from './core/events.ts'
export type { StepCounts } from './core/position.ts'
export type { Key } from './core/record.ts'
export type { RunStatus } from './core/run-status.ts'
export type { SourceAdapter } from './core/source-adapter.ts'
export { computed, constant, field, id, index, item, key, lookup, parent, reference, references } from './definition/builders.ts'
export { defineTransfer } from './definition/define-transfer.ts'
export { loadDefinition } from './definition/load-definition.ts'
export type { DerivedCheck, Invariant, ItemContext, ResolvedTransfer, StoreReader } from './definition/transfer.ts'
export { type MappingInput, mapping, type TransferInput } from './definition/transfer-input.ts'
export type { TargetComparison, TargetDifference } from './run/compare-targets.ts'
export { DataMigration, type DataMigrationOptions } from './run/data-migration.ts'
export {
  askToStop,
  compareTargets,
  createBackup,
  openTarget,
  planTransfer,
  proveParity,
  readStatus,
  resumeTransfer,
  retryRejects,
  rollbackTransfer,
  startTransfer,
  verifyTransfer,
} from './run/operations.ts'
export type { Plan } from './run/plan-transfer.ts'
export type { ParityOptions, ParityResult } from './run/prove-parity.ts'
export type { RunStatusReport } from './run/read-status.ts'
export type { RollbackOptions, RollbackResult } from './run/rollback-transfer.ts'
export type { RunResult, StepResult, TransferOptions, Workplace } from './run/run-options.ts'
export { type TransferMigration, transferMigration } from './run/transfer-migration.ts'
export { exportStore, exportStoreAsync } from './snapshot/export-store.ts'
export type { TargetInput } from './target/open-target.ts'
export type { Target } from './target/target.ts'
export type { Difference, VerifyResult } from './verify/verify.ts'
