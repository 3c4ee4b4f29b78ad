import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FerryError } from '../core/errors.ts'
import { importModule } from '../target/import-module.ts'
import type { ResolvedTransfer } from './transfer.ts'

/**
 * Imports a definition file (default export of defineTransfer). TypeScript files load where the process can
 * (Node >= 22.18, or tsx, which is registered on first use when installed).
 * @throws FERRY_CONFIG_NOT_FOUND, FERRY_CONFIG_INVALID
 */
export async function loadDefinition(path: string): Promise<ResolvedTransfer> {
  const file = resolve(path)
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() !== true) {
    throw new FerryError('FERRY_CONFIG_NOT_FOUND', `there is no definition file ${path}`, {
      hint: 'Make a ferry.config.ts here, or name one: ferry --config <file>.',
    })
  }
  const loaded = await importDefinition(file, path)
  const transfer = readDefault(loaded)
  if (transfer !== undefined) return transfer
  throw new FerryError('FERRY_CONFIG_INVALID', `${path} has no default export made by defineTransfer`, {
    hint: 'End the file with: export default defineTransfer({ ... }).',
  })
}

async function importDefinition(file: string, path: string): Promise<unknown> {
  try {
    return await importModule(file)
  } catch (cause) {
    // A definition that does not hold together says so itself.
    if (cause instanceof FerryError) throw cause
    const kind = isSyntaxError(cause) ? 'has a syntax error' : 'cannot be imported'
    const what = cause instanceof Error ? (cause.message.split('\n')[0] ?? cause.name) : 'it threw something that is no Error'
    throw new FerryError('FERRY_CONFIG_INVALID', `${path} ${kind}: ${what}`, {
      hint: 'Correct the file; node prints the place with --stack-trace-limit=50.',
      cause,
    })
  }
}

/** esbuild, which tsx uses, throws errors of its own. */
function isSyntaxError(cause: unknown): boolean {
  return (
    cause instanceof SyntaxError || (cause instanceof Error && (cause.name === 'TransformError' || /Transform failed/.test(cause.message)))
  )
}

/** The default export; `default` twice over where a CommonJS build wraps it. */
function readDefault(loaded: unknown): ResolvedTransfer | undefined {
  let value = readMember(loaded, 'default')
  if (!isTransfer(value)) value = readMember(value, 'default')
  return isTransfer(value) ? value : undefined
}

function readMember(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

function isTransfer(value: unknown): value is ResolvedTransfer {
  return (
    typeof readMember(value, 'hash') === 'string' &&
    typeof readMember(value, 'hashedText') === 'string' &&
    Array.isArray(readMember(value, 'mappings'))
  )
}
