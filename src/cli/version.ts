import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Version of this package, from the nearest package.json above this file (it stands deeper in the build than in the source). */
export function readVersion(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const path = join(folder, 'package.json')
    if (existsSync(path)) {
      const about: unknown = JSON.parse(readFileSync(path, 'utf8'))
      if (about !== null && typeof about === 'object' && 'version' in about) return String(about.version)
    }
    const above = dirname(folder)
    if (above === folder) return 'unknown'
    folder = above
  }
}
