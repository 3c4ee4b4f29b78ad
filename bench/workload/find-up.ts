import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file or folder of the project, from its source as well as from a build inside it. @throws where no folder above has both it and package.json */
export function findUp(name: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, name))) return join(folder, name)
  }
  throw new Error(`the project has no ${name}`)
}
