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
export function withWorkplace<T>(
  io: Io,
  options: WorkplaceOptions & { readonly readOnly?: boolean; readonly mayBeDamaged?: boolean },
  work: (place: OpenWorkplace) => Promise<T>,
): Promise<T> {
  return withTargets(io, { ...options, envs: [options.env] }, ({ targets: [target], ...place }) => {
    if (target === undefined) throw new RangeError('one environment gives one target')
    return work({ ...place, target })
  })
}

/** The same with the target of every environment in `envs` (undefined: the default one). */
export async function withTargets<T>(
  io: Io,
  options: Omit<WorkplaceOptions, 'env'> & {
    readonly envs: readonly (string | undefined)[]
    readonly readOnly?: boolean
    readonly mayBeDamaged?: boolean
  },
  work: (place: Omit<OpenWorkplace, 'target'> & { readonly targets: readonly Target[] }) => Promise<T>,
): Promise<T> {
  const config = findConfig(io.cwd, options.config)
  const [{ loadDefinition }, { openTarget }] = await Promise.all([
    import('../definition/load-definition.ts'),
    import('../target/open-target.ts'),
  ])
  const transfer = await loadDefinition(config)
  const source = options.source === undefined ? undefined : await openGivenSource(io, options.source)
  const targets: Target[] = []
  try {
    for (const env of options.envs) {
      const place = { cwd: dirname(config), readOnly: options.readOnly === true, mayBeDamaged: options.mayBeDamaged === true }
      targets.push(await openTarget(transfer.target, env === undefined ? place : { ...place, env }))
    }
    return await work({ transfer, targets, source, definitionFile: config })
  } finally {
    await source?.close()
    await transfer.source?.close()
    for (const target of targets) await target.close()
  }
}

async function openGivenSource(io: Io, path: string): Promise<SourceAdapter> {
  const [{ openSource }, { resolve }] = await Promise.all([import('../../adapters/open-source.ts'), import('node:path')])
  return openSource(resolve(io.cwd, path))
}
