import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { PROJECT_ROOT } from './project-root.ts'

/** Where bundles lie: below node_modules, so that they find the packages they leave out. */
const FOLDER = join(PROJECT_ROOT, 'node_modules', '.cache', 'ferry-tests')

/** One JavaScript file of a child process's TypeScript entry, so that hundreds of children start in a fraction of the time. Resolves with its path. */
export async function bundleChild(entry: string): Promise<string> {
  mkdirSync(FOLDER, { recursive: true })
  const outfile = join(FOLDER, `${basename(entry, '.ts')}.${process.pid}.mjs`)
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  })
  return outfile
}
