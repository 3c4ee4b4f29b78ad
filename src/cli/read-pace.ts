import type { StopPoint, TransferOptions } from '../run/run-options.ts'
import { usageError } from './usage-error.ts'

/** Those that a command has. */
export interface PaceValues {
  readonly 'max-rejects'?: string | undefined
  readonly 'on-failure'?: string | undefined
  readonly 'batch-rows'?: number | undefined
  readonly throttle?: number | undefined
  readonly workers?: number | undefined
  readonly 'stop-before'?: string | undefined
  readonly 'no-verify'?: boolean
}

/** More threads than this only wait for the one that writes. */
const MOST_WORKERS = 16

type Pace = Pick<TransferOptions, 'maxRejects' | 'onFailure' | 'batchRows' | 'throttle' | 'workers' | 'stopBefore' | 'noVerify'>

/** The options that say how a load goes, as the library takes them. @throws FERRY_CLI_USAGE */
export function readPace(values: PaceValues): Pace {
  const { throttle } = values
  const batchRows = values['batch-rows']
  if (batchRows !== undefined && !(Number.isInteger(batchRows) && batchRows >= 1)) {
    throw usageError('--batch-rows needs a whole number of 1 or more', 'for example: --batch-rows 5000')
  }
  if (throttle !== undefined && !(throttle > 0))
    throw usageError('--throttle needs a number above 0', 'for example: --throttle 2000 (rows per second)')
  const maxRejects = values['max-rejects']
  return {
    ...(maxRejects === undefined ? {} : { maxRejects: parseBudget(maxRejects) }),
    ...(values['on-failure'] === undefined ? {} : { onFailure: values['on-failure'] === 'rollback' ? 'rollback' : 'stop' }),
    ...(batchRows === undefined ? {} : { batchRows }),
    ...(throttle === undefined ? {} : { throttle }),
    ...readWorkers(values.workers),
    // the parser lets only the five points through
    ...(values['stop-before'] === undefined ? {} : { stopBefore: values['stop-before'] as StopPoint }),
    ...(values['no-verify'] ? { noVerify: true } : {}),
  }
}

/** `--workers`, as the library takes it. @throws FERRY_CLI_USAGE */
export function readWorkers(workers: number | undefined): Pick<TransferOptions, 'workers'> {
  if (workers === undefined) return {}
  if (!(Number.isInteger(workers) && workers >= 0 && workers <= MOST_WORKERS))
    throw usageError(`--workers needs a whole number from 0 to ${MOST_WORKERS}`, 'for example: --workers 2')
  return { workers }
}

/** `12` -> a count, `1.5%` -> a share. @throws FERRY_CLI_USAGE */
export function parseBudget(text: string): { readonly count: number } | { readonly share: number } {
  if (/^\d{1,15}$/.test(text)) return { count: Number(text) }
  const percent = /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(text)?.[1]
  if (percent !== undefined && Number(percent) <= 100) return { share: Number(percent) / 100 }
  throw usageError(`--max-rejects does not understand '${text}'`, 'a count such as 10, or a share such as 1%')
}
