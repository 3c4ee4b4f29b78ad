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
    if (isTypeScript(path) && isBeyondStripping(error)) return importByTsx(path, error)
    if (!isUnknownExtension(error)) throw error
    await registerTypeScript(path)
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
  for (const hook of await loadTsx(path)) hook.register()
}

/** One of tsx's programmatic interfaces (https://tsx.is/dev-api/); `tsImport` is that of modules. */
interface TsxModule {
  register(): unknown
  tsImport?(url: string, parent: string): Promise<Record<string, unknown>>
}

/** Whatever Node has kept of its failed attempt is passed by: modules are imported under addresses of their own, CommonJS ones required. @throws `failure` without tsx */
async function importByTsx(path: string, failure: unknown): Promise<Record<string, unknown>> {
  const [commonJs, modules] = await loadTsx(path).catch(() => {
    throw failure
  })
  const isCommonJs = failure instanceof SyntaxError && !('code' in failure)
  if (!isCommonJs && modules.tsImport !== undefined) return modules.tsImport(pathToFileURL(path).href, import.meta.url)
  commonJs.register()
  return { default: createRequire(path)(path) }
}

async function loadTsx(path: string): Promise<readonly [TsxModule, TsxModule]> {
  const own = async (): Promise<[TsxModule, TsxModule]> => [await import('tsx/cjs/api'), await import('tsx/esm/api')]
  return own()
    .catch(
      async (): Promise<[TsxModule, TsxModule]> => [await importProjectTsx(path, './cjs/api'), await importProjectTsx(path, './esm/api')],
    )
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
}

type TsxApi = './cjs/api' | './esm/api'

/** Node 20 resolves as `import` does from its own module only, so the address is read from the manifest of the project's tsx. */
async function importProjectTsx(path: string, api: TsxApi): Promise<TsxModule> {
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
