import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { runProcess } from './run-process.ts'
import { ratioOf, type Spread, spreadOf } from './statistics.ts'

/** What a command that does next to nothing takes. */
export interface CommandCost {
  readonly name: string
  readonly wallMs: Spread
  /** User and system time. */
  readonly cpuMs: Spread
  /** Of the processor time, against a Node that does nothing. */
  readonly cpuRatio: Spread
}

/** A Node that ends says what it took. */
const TELL = `data:text/javascript,${encodeURIComponent(
  `process.on('exit', () => { const { userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write('\\ncpu ' + (userCPUTime + systemCPUTime)) })`,
)}`

/** Processor time of an empty Node, `ferry --help`, and `ferry status` of a finished run; by turns. */
export async function measureCommands(built: string, rounds: number, root: string): Promise<readonly CommandCost[]> {
  const folder = join(root, 'commands')
  rmSync(folder, { recursive: true, force: true })
  const config = writeProject(folder, built)
  const main = join(built, 'src/cli/main.js')
  const ferry = (...args: readonly string[]) => ({ program: process.execPath, args: ['--import', TELL, main, ...args] })
  try {
    await runProcess(ferry('transfer', '--config', config, '--no-backup', '--yes'))
    const commands = [
      { name: 'an empty Node', command: { program: process.execPath, args: ['--import', TELL, '-e', '0'] } },
      { name: 'ferry --help', command: ferry('--help') },
      { name: 'ferry status', command: ferry('status', '--config', config) },
    ].map((one) => ({ ...one, wall: [] as number[], cpu: [] as number[] }))
    for (let round = 0; round < rounds; round += 1) {
      for (const { command, wall, cpu } of commands) {
        const { wallMs, stderr } = await runProcess(command)
        wall.push(wallMs)
        cpu.push(Number(/cpu (\d+)$/.exec(stderr)?.[1]) / 1000)
      }
    }
    const base = commands[0]?.cpu ?? []
    return commands.map(({ name, wall, cpu }) => ({ name, wallMs: spreadOf(wall), cpuMs: spreadOf(cpu), cpuRatio: ratioOf(cpu, base) }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A small project in plain JavaScript, so that no loader for TypeScript is measured. */
function writeProject(folder: string, built: string): string {
  mkdirSync(join(folder, 'source'), { recursive: true })
  writeFileSync(join(folder, 'source/things.ndjson'), '{"id":1}\n')
  const at = (path: string) => JSON.stringify(join(folder, path))
  const library = JSON.stringify(pathToFileURL(join(built, 'src/index.js')).href)
  writeFileSync(
    join(folder, 'ferry.config.mjs'),
    `import { defineTransfer, key, mapping, NdjsonAdapter } from ${library}
export default defineTransfer({
  name: 'things', folder: ${at('.ferry')}, source: new NdjsonAdapter({ path: ${at('source')}, keyFields: { things: 'id' } }),
  target: { knexfile: ${at('knexfile.mjs')} },
  mappings: { things: mapping({ from: 'things', table: 'things', columns: { id: key().integer() } }) },
})
`,
  )
  writeFileSync(
    join(folder, 'knexfile.mjs'),
    `export default { client: 'better-sqlite3', connection: { filename: ${at('things.sqlite')} }, useNullAsDefault: true }\n`,
  )
  new Database(join(folder, 'things.sqlite')).exec('create table things (id integer primary key)').close()
  return join(folder, 'ferry.config.mjs')
}
