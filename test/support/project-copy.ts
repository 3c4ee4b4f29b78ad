import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PROJECT_ROOT } from './project-root.ts'

/** What a clone would not hold, or would make itself. */
const LEFT_OUT = new Set(['.git', 'node_modules', '.ferry', '.ferry-demo', 'data', 'bench'])

/** A copy of the project as a fresh clone would be after `npm ci` and a build; `node_modules` is linked. */
export async function copyProject(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-clone-'))
  await cp(PROJECT_ROOT, folder, {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(path.slice(PROJECT_ROOT.length).split('/')[0] ?? ''),
  })
  await cp(join(PROJECT_ROOT, 'data', '.gitkeep'), join(folder, 'data', '.gitkeep'), { recursive: true })
  await symlink(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
