import { dirname } from 'node:path'
import type { SourceAdapter } from '../core/source-adapter.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { Target } from '../target/target.ts'
import { findConfig } from './find-config.ts'
import type { Io } from './io.ts'

export interface WorkplaceOptions {
  readonly config?: string | undefined
  readonly env?: string | undefined
  readonly source?: string | undefined
}

export interface OpenWorkplace {
  readonly transfer: ResolvedTransfer
  readonly target: Target
  /** Of `--source`; undefined: the definition's own. */
  readonly source: SourceAdapter | undefined
  /** Path of the definition. */
  readonly definitionFile: string
}

/** Opens what a command works on, hands it to `work`, and closes it whatever came of that. @throws FERRY_CONFIG_NOT_FOUND, FERRY_CONFIG_INVALID, FERRY_TARGET_CONNECT */
export async function withWorkplace<T>(
  io: Io,
  options: WorkplaceOptions & { readonly readOnly?: boolean; readonly mayBeDamaged?: boolean },
  work: (place: OpenWorkplace) => Promise<T>,
): Promise<T> {
  const config = findConfig(io.cwd, options.config)
  const [{ loadDefinition }, { openTarget }] = await Promise.all([
    import('../definition/load-definition.ts'),
    import('../target/open-target.ts'),
  ])
  const transfer = await loadDefinition(config)
  const source = options.source === undefined ? undefined : await openGivenSource(io, options.source)
  const target = await openTarget(transfer.target, {
    cwd: dirname(config),
    readOnly: options.readOnly === true,
    mayBeDamaged: options.mayBeDamaged === true,
    ...(options.env === undefined ? {} : { env: options.env }),
  })
  try {
    return await work({ transfer, target, source, definitionFile: config })
  } finally {
    await source?.close()
    await transfer.source?.close()
    await target.close()
  }
}

async function openGivenSource(io: Io, path: string): Promise<SourceAdapter> {
  const [{ openSource }, { resolve }] = await Promise.all([import('../../adapters/open-source.ts'), import('node:path')])
  return openSource(resolve(io.cwd, path))
}
