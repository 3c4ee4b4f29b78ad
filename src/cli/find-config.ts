import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { FerryError } from '../core/errors.ts'

const NAMES = ['ferry.config.ts', 'ferry.config.js', 'ferry.config.mjs']

/** Path of the definition file. @throws FERRY_CONFIG_NOT_FOUND */
export function findConfig(cwd: string, given: string | undefined): string {
  if (given !== undefined) {
    const path = resolve(cwd, given)
    if (existsSync(path)) return path
    throw new FerryError('FERRY_CONFIG_NOT_FOUND', `there is no definition file ${path}`, { hint: 'check the path after --config' })
  }
  const found = NAMES.map((name) => join(cwd, name)).find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new FerryError('FERRY_CONFIG_NOT_FOUND', `there is no ${NAMES.join(', ')} in ${cwd}`, {
    hint: 'go to the folder that has one, name it with --config <file>, or write one: the README begins with an example',
  })
}
