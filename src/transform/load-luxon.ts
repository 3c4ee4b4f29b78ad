import { createRequire } from 'node:module'

/** Luxon, loaded when the first mapping declares a pattern or a zone: most declare none, and `ferry status` reads definitions too. */
export function loadLuxon(): typeof import('luxon') {
  return createRequire(import.meta.url)('luxon') as typeof import('luxon')
}
