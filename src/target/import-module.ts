import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FerryError } from '../core/errors.ts'

/**
 * Imports a configuration file. TypeScript loads where the process can (Node >= 22.18, or tsx as loader);
 * else, and where Node's own way is not enough, tsx is registered on this first use, when the project has it.
 * @throws FERRY_CONFIG_INVALID a TypeScript file, and nothing that could load it; what the file itself throws passes through
 */
export async function importModule(path: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(path).href
  try {
    return await import(url)
  } catch (error) {
    if (isUnknownExtension(error)) await registerTypeScript(path)
    else if (!isTypeScript(path) || !isBeyondStripping(error)) throw error
    else
      await registerTypeScript(path).catch(() => {
        throw error
      })
    // The failed import stays in the loader's cache under its own address.
    return await import(`${url}?typescript`)
  }
}

/**
 * Registers tsx for this process: the one installed beside this package, else the one of the project that `path` belongs to.
 * Both its hooks are needed: a TypeScript file of a package without `"type": "module"` is CommonJS.
 * @throws FERRY_CONFIG_INVALID when tsx is not installed
 */
export async function registerTypeScript(path: string): Promise<void> {
  const hooks = await Promise.all([import('tsx/cjs/api'), import('tsx/esm/api')])
    .catch(() => Promise.all([importProjectTsx(path, './cjs/api'), importProjectTsx(path, './esm/api')]))
    .catch((cause: unknown) => {
      throw new FerryError(
        'FERRY_CONFIG_INVALID',
        `${path} is TypeScript, which Node.js ${process.versions.node} does not load by itself`,
        {
          hint: 'Run `npm install --save-dev tsx`, or use Node.js 22.18 or later.',
          cause,
        },
      )
    })
  for (const hook of hooks) hook.register()
}

type TsxApi = './cjs/api' | './esm/api'

/** Node 20 resolves as `import` does from its own module only, so the address is read from the manifest of the project's tsx. */
async function importProjectTsx(path: string, api: TsxApi): Promise<{ register(): unknown }> {
  const require = createRequire(path)
  const manifest: TsxManifest = require('tsx/package.json')
  const file = join(dirname(require.resolve('tsx/package.json')), manifest.exports[api].import.default)
  return await import(pathToFileURL(file).href)
}

/** The part of tsx's package.json that names its programmatic registration (https://tsx.is/dev-api/register-esm). */
interface TsxManifest {
  readonly exports: Readonly<Record<TsxApi, { readonly import: { readonly default: string } }>>
}

function isTypeScript(path: string): boolean {
  return /\.[cm]?ts$/.test(path)
}

/** What Node's way of taking types away leaves undone: `import` in a CommonJS package, enums, imports without an extension (https://nodejs.org/api/typescript.html). */
const BEYOND_STRIPPING = new Set([
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_DIR_IMPORT',
])

function isBeyondStripping(error: unknown): boolean {
  if (!('typescript' in process.features) || process.features.typescript === false) return false
  return error instanceof SyntaxError || (error instanceof Error && 'code' in error && BEYOND_STRIPPING.has(String(error.code)))
}

function isUnknownExtension(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION'
}
