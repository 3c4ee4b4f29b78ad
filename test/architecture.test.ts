import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { ERROR_CODES } from '../src/core/error-codes.ts'
import { PROJECT_ROOT } from './support/project-root.ts'
import { type ImportLine, listModules, readImports, withoutComments } from './support/read-imports.ts'

/** The layers, lowest first. A part imports itself and what stands on lower lines, never its neighbours or what stands above. */
const LAYERS: readonly (readonly string[])[] = [
  ['src/core'],
  ['src/validation', 'src/snapshot', 'src/extract', 'src/target', 'src/report'],
  ['src/definition', 'src/transform'],
  ['src/state', 'src/backup'],
  ['src/load', 'src/workers', 'src/verify', 'src/preflight', 'src/rollback', 'src/switch'],
  ['src/run'],
  ['src/adapter.ts'],
  ['adapters'],
  ['src/index.ts', 'src/testing'],
  ['src/cli'],
]

/** Neighbours that may be imported all the same, with the reason. */
const NEIGHBOURS: readonly { readonly from: string; readonly to: string; readonly why: string }[] = [
  { from: 'src/transform', to: 'src/definition', why: 'a pipeline is compiled from a resolved mapping' },
  { from: 'src/workers', to: 'src/preflight', why: 'a thread forecasts its slice of a step as preflight does' },
]

/** Packages that only some parts may import; `typeOnly` ones may be named as types everywhere but in core. */
const PACKAGES: Readonly<Record<string, { readonly only: readonly string[]; readonly typesElsewhere: boolean }>> = {
  knex: { only: ['src/target/open-target.ts'], typesElsewhere: true },
  ajv: { only: ['src/validation'], typesElsewhere: false },
  'ajv-formats': { only: ['src/validation'], typesElsewhere: false },
  yargs: { only: ['src/cli'], typesElsewhere: false },
  chalk: { only: ['src/cli'], typesElsewhere: false },
  ora: { only: ['src/cli'], typesElsewhere: false },
}

const ADAPTERS_SEE = 'src/adapter.ts'
const HAND_LISTED = ['src/index.ts', 'src/adapter.ts']
const MAX_LINES = 300

const modules = listModules(PROJECT_ROOT, ['src', 'adapters'])
const imports = modules.flatMap((file) => readImports(PROJECT_ROOT, file))
const textOf = (file: string) => readFileSync(join(PROJECT_ROOT, file), 'utf8')
const isIn = (file: string, part: string) => file === part || file.startsWith(`${part}/`)
const layerOf = (file: string) => LAYERS.findIndex((layer) => layer.some((part) => isIn(file, part)))
const partOf = (file: string) => LAYERS.flat().find((part) => isIn(file, part))

describe('architecture', () => {
  it('gives every module a place in the layers', () => {
    expectNone(modules.filter((file) => layerOf(file) < 0).map((file) => `${file} stands in no layer of test/architecture.test.ts`))
  })

  it('lets imports point down the layers only', () => {
    expectNone(imports.filter((line) => line.kind === 'project').flatMap(describeLayerBreach))
  })

  it('has no ring of modules that import one another at run time', () => {
    expectNone(
      findRings(imports.filter((line) => !line.typeOnly)).map(
        (ring) => `${ring.join(' -> ')} is a ring: one of them must not import the next`,
      ),
    )
  })

  it('lets adapters import nothing of src but src/adapter.ts', () => {
    const breaches = imports.filter((line) => isIn(line.file, 'adapters') && isIn(line.to, 'src') && line.to !== ADAPTERS_SEE)
    expectNone(
      breaches.map((line) => `${line.file} imports ${line.to}: an outside author would not have it, export it from ${ADAPTERS_SEE}`),
    )
  })

  it('keeps packages out of core', () => {
    const breaches = imports.filter((line) => isIn(line.file, 'src/core') && line.kind === 'package')
    expectNone(breaches.map((line) => `${line.file} imports the package ${line.to}: core names no package`))
  })

  it('keeps packages where they belong', () => {
    expectNone(imports.filter((line) => line.kind === 'package').flatMap(describePackageBreach))
  })

  it('has no barrels inside src', () => {
    const barrels = modules.filter((file) => !HAND_LISTED.includes(file) && isBarrel(textOf(file)))
    expectNone(barrels.map((file) => `${file} only re-exports: import from the module that defines the name`))
  })

  it('leaves process.exit and the console to the command line', () => {
    const breaches = modules.filter(
      (file) => !isIn(file, 'src/cli') && /\bprocess\.exit\b|\bconsole\.\w+\(/.test(withoutComments(textOf(file))),
    )
    expectNone(breaches.map((file) => `${file} ends the process or prints: only src/cli may`))
  })

  it('has no module-level variable that changes', () => {
    const breaches = modules.filter((file) => /^(?:export )?(?:let|var) /m.test(withoutComments(textOf(file))))
    expectNone(breaches.map((file) => `${file} declares let at module level: state belongs to an object that somebody opens`))
  })

  it(`has no module of more than ${MAX_LINES} lines`, () => {
    const long = modules.map((file) => ({ file, lines: textOf(file).split('\n').length - 1 })).filter(({ lines }) => lines > MAX_LINES)
    expectNone(long.map(({ file, lines }) => `${file} has ${lines} lines: split it by its jobs`))
  })

  it('leaves nothing marked as unfinished', () => {
    const unfinished = modules.filter((file) => /\b(?:TODO|FIXME|XXX)\b|'unbuilt'/.test(textOf(file)))
    expectNone(unfinished.map((file) => `${file} is marked as unfinished`))
  })

  it('documents every error code, and no other', () => {
    const documented = new Set([...textOf('docs/errors.md').matchAll(/^#+ `?(FERRY_[A-Z_]+)`?/gm)].map((match) => match[1] ?? ''))
    expectNone(Object.keys(ERROR_CODES).flatMap((code) => (documented.has(code) ? [] : `docs/errors.md has no section ${code}`)))
    expectNone([...documented].flatMap((code) => (code in ERROR_CODES ? [] : `docs/errors.md describes ${code}, which does not exist`)))
  })
})

/** Fails with the sentences themselves. */
function expectNone(breaches: readonly string[]): void {
  if (breaches.length > 0) expect.fail(breaches.join('\n'))
}

function describeLayerBreach(line: ImportLine): string[] {
  const [from, to] = [partOf(line.file), partOf(line.to)]
  if (from === undefined) return []
  if (to === undefined) return [`${line.file} imports ${line.to}, which stands in no layer`]
  if (from === to || layerOf(line.to) < layerOf(line.file)) return []
  if (NEIGHBOURS.some((neighbour) => neighbour.from === from && neighbour.to === to)) return []
  const relation = layerOf(line.to) === layerOf(line.file) ? 'its neighbour' : 'a higher layer'
  return [`${line.file} imports ${line.to}, but ${to} is ${relation} of ${from}`]
}

function describePackageBreach(line: ImportLine): string[] {
  const rule = Object.hasOwn(PACKAGES, line.to) ? PACKAGES[line.to] : undefined
  if (rule === undefined || rule.only.some((part) => isIn(line.file, part)) || (rule.typesElsewhere && line.typeOnly)) return []
  return [`${line.file} imports ${line.to}, which belongs to ${rule.only.join(', ')}${rule.typesElsewhere ? ' (types are free)' : ''}`]
}

function isBarrel(text: string): boolean {
  const statements = withoutComments(text)
    .split(/\n(?=\S)/)
    .filter((statement) => statement.trim() !== '' && statement.trim() !== '}')
  return statements.length > 0 && statements.every((statement) => /^\s*(?:export\s[^=(]*\sfrom\s|import\s)/.test(statement))
}

/** Rings of imports among modules, each told once. */
function findRings(lines: readonly ImportLine[]): string[][] {
  const next = new Map<string, string[]>()
  for (const line of lines) if (line.kind === 'project') next.set(line.file, [...(next.get(line.file) ?? []), line.to])
  const done = new Set<string>()
  const rings: string[][] = []
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) rings.push([...path.slice(at), file])
    if (at >= 0 || done.has(file)) return
    for (const to of next.get(file) ?? []) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return rings
}
