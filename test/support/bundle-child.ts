import { mkdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { PROJECT_ROOT } from './project-root.ts'

/** Where bundles lie: below node_modules, so that they find the packages they leave out. */
const FOLDER = join(PROJECT_ROOT, 'node_modules', '.cache', 'ferry-tests')

/** Native code, tsx, and drivers that Knex names but this project does not have. */
const LEFT_OUT = ['better-sqlite3', 'tsx', 'pg-native', 'pg-query-stream', 'mariadb', 'mysql', 'oracledb', 'sqlite3', 'tedious']

/** Leaves the library as the build has it, where threads find the modules they start from. */
const BUILT: Plugin = {
  name: 'built',
  setup({ onResolve }) {
    onResolve({ filter: /\/src\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const place = relative(PROJECT_ROOT, join(resolveDir, path)).replace(/\.ts$/, '.js')
      return { path: pathToFileURL(join(PROJECT_ROOT, 'dist', place)).href, external: true }
    })
  },
}

/**
 * One JavaScript file of a child process's TypeScript entry, its packages included, so that hundreds of children start in a fraction of the time.
 * Resolves with its path.
 */
export async function bundleChild(entry: string, options: { readonly built?: boolean } = {}): Promise<string> {
  mkdirSync(FOLDER, { recursive: true })
  const outfile = join(FOLDER, `${basename(entry, '.ts')}${options.built ? '.built' : ''}.${process.pid}.mjs`)
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    ...(options.built
      ? { packages: 'external', plugins: [BUILT] }
      : {
          external: LEFT_OUT.flatMap((name) => [name, `${name}/*`]),
          mainFields: ['module', 'main'],
          // CommonJS packages ask for Node's own modules by require
          banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
        }),
    logLevel: 'error',
  })
  return outfile
}
