import { openSource } from '../../adapters/open-source.ts'
import type { SourceAdapter } from '../../src/adapter.ts'

/** Opens the source named by FERRY_TEST_SOURCE: how the contract suite's other processes find it. */
export function open(): Promise<SourceAdapter> {
  return openSource(process.env.FERRY_TEST_SOURCE ?? '')
}
