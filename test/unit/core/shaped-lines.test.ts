import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import fc from 'fast-check'
import { ShapedLines } from '../../../src/core/shaped-lines.ts'
import { parseIfExact, parseJsonExactly } from '../../../src/extract/parse-json-exactly.ts'
import { PROJECT_ROOT } from '../../support/project-root.ts'
import { runProcess } from '../../support/run-process.ts'

/** A line through the reader as an adapter uses it; `shaped`: whether a shape fitted. */
function readLine(lines: ShapedLines, text: string): { readonly value: unknown; readonly shaped: boolean } {
  const bytes = Buffer.from(`before ${text} after`)
  const start = 7
  const end = bytes.length - 6
  const found = lines.read(bytes, start, end)
  if (found !== undefined) return { value: found, shaped: true }
  const value = parseJsonExactly(text)
  lines.learn(bytes, { start, end }, value)
  return { value, shaped: false }
}

const describeValue = (value: unknown) =>
  JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member === 'bigint') return `bigint ${member}`
    return Object.is(member, -0) ? 'minus zero' : member
  })

const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '"', '\\', 'é', '“paid”', '\u2028', '\ud83d\ude97', 'null', '1', '$5', 'x'.repeat(300)),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1.5, -0.001, 123456789012345, 0.1, 1e21, 5e-324, 99999.99),
  fc.boolean(),
  fc.constant(null),
)
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.string({ maxLength: 4 }), scalar, { maxKeys: 3 }),
)
const name = fc.oneof(
  fc.constantFrom('id', 'a b', 'é', '"', '1', '0', 'constructor', '__proto__', 'toString', '', '"}; throw 1; {"', '\u2028', '\\'),
  fc.string({ maxLength: 6 }),
)
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.stringMatching(/^\d{1,18}$/),
    fc.constantFrom('', '.'),
    fc.stringMatching(/^\d{0,17}$/),
    fc.constantFrom('', 'e5', 'E-3', 'e400'),
  )
  .map((parts) => parts.join(''))

describe('ShapedLines', () => {
  it('gives what the whole parser gives, in the same order of members', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 6 }),
        fc.array(fc.array(value, { minLength: 6, maxLength: 6 }), { maxLength: 8 }),
        (names, rows) => {
          const lines = new ShapedLines({ nested: parseIfExact })
          for (const row of rows) {
            const text = `{${names.map((one, at) => `${JSON.stringify(one)}:${JSON.stringify(row[at] ?? null)}`).join(',')}}`
            const found = readLine(lines, text).value
            const expected = parseJsonExactly(text)
            expect(describeValue(found)).to.equal(describeValue(expected))
            expect(found).to.deep.equal(expected)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('leaves an object of very many members to the whole parser', () => {
    const read = (members: number) => {
      const lines = new ShapedLines({ nested: parseIfExact })
      const text = JSON.stringify(Object.fromEntries(Array.from({ length: members }, (_, at) => [`m${at}`, at])))
      readLine(lines, text)
      const again = readLine(lines, text)
      expect(again.value).to.deep.equal(JSON.parse(text))
      return again.shaped
    }
    expect(read(256)).to.equal(true)
    expect(read(257)).to.equal(false)
  })

  it('leaves lines to the whole parser where Node makes no code of texts', async () => {
    const module = pathToFileURL(join(PROJECT_ROOT, 'src/core/shaped-lines.ts')).href
    const code = `
      import { ShapedLines } from ${JSON.stringify(module)}
      const lines = new ShapedLines({ nested: () => undefined })
      const bytes = Buffer.from('{"a":1}')
      lines.learn(bytes, { start: 0, end: bytes.length }, { a: 1 })
      console.log(JSON.stringify(lines.read(bytes, 0, bytes.length) ?? 'left'))`
    const read = async (...flags: string[]) => {
      const { stdout, stderr } = await runProcess(process.execPath, [...flags, '--import=tsx', '--input-type=module', '-e', code], {
        cwd: PROJECT_ROOT,
      })
      return stdout.trim() || stderr
    }
    expect(await read()).to.equal('{"a":1}')
    expect(await read('--disallow-code-generation-from-strings')).to.equal('"left"')
  })

  it('reads a number as the whole parser does, or leaves the line to it', () => {
    const lines = new ShapedLines({ nested: parseIfExact })
    readLine(lines, '{"n":1}')
    fc.assert(
      fc.property(numberText, (text) => {
        const line = `{"n":${text}}`
        let expected: unknown
        try {
          expected = parseJsonExactly(line)
        } catch {
          expect(lines.read(Buffer.from(line), 0, line.length)).to.equal(undefined)
          return
        }
        expect(describeValue(readLine(lines, line).value)).to.equal(describeValue(expected))
      }),
      { numRuns: 2000 },
    )
  })

  it('fits lines like those before, in either style of blanks, and with some members left out', () => {
    const lines = new ShapedLines({ nested: parseIfExact })
    expect(readLine(lines, '{"id": 1, "plate": "00123"}').shaped).to.equal(false)
    expect(readLine(lines, '{"id": 2, "plate": "1E10"}').shaped).to.equal(true)
    expect(readLine(lines, '{"id":3,"plate":"NULL"}').shaped).to.equal(false)
    expect(readLine(lines, '{"id":4,"plate":"x"}\r').shaped).to.equal(true)
    expect(readLine(lines, '{"id":5}').shaped).to.equal(false)
    expect(readLine(lines, '{"id":6}').shaped).to.equal(true)
    expect(readLine(lines, '{"id": 7, "plate": "y"}').shaped).to.equal(true)
  })

  it('fits lines that end with a carriage return, and lines of any length', () => {
    const lines = new ShapedLines({ nested: parseIfExact })
    expect(readLine(lines, '{"id":1,"note":"a"}\r').shaped).to.equal(false)
    expect(readLine(lines, '{"id":2,"note":"b"}\r')).to.deep.equal({ value: { id: 2, note: 'b' }, shaped: true })
    const long = { id: 3, note: 'plain '.repeat(1000) }
    expect(readLine(lines, JSON.stringify(long))).to.deep.equal({ value: long, shaped: true })
    const wide = { id: 4, note: '“ü🚗”'.repeat(1000) }
    expect(readLine(lines, JSON.stringify(wide))).to.deep.equal({ value: wide, shaped: true })
  })

  it('lets a remembered key outlive its line', () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const lines = new ShapedLines({ nested: parseIfExact })
    const remembered: unknown[] = []
    collect()
    const before = process.memoryUsage().heapUsed
    for (let n = 0; n < 10_000; n += 1) {
      const text = `{"id":"key-${String(n).padStart(20, '0')}","note":"${'x'.repeat(8000)}"}`
      remembered.push(Object(readLine(lines, text).value).id)
    }
    collect()
    // the lines together are 80 MB
    expect(process.memoryUsage().heapUsed - before).to.be.below(20_000_000)
    expect(remembered.length).to.equal(10_000)
  })

  it('takes no line for more than it is', () => {
    const lines = new ShapedLines({ nested: parseIfExact })
    readLine(lines, '{"id":1,"list":[1]}')
    const wrong = [
      '{"id":1,"list":[1]',
      '{"id":1,"list":[1]}}',
      '{"id":01,"list":[1]}',
      '{"id":1,"list":1}x',
      '{"id":1,"id":2}',
      '{"id":"a\tb","list":1}',
      '{"id":tru,"list":1}',
      '',
      '{',
    ]
    wrong.push('{"id":1,"list":[1,]}', '{"id":1,"list":[1}}', '{"id":1,"list":[1e999]}')
    for (const text of wrong) expect(lines.read(Buffer.from(text), 0, text.length), text).to.equal(undefined)
  })

  it('gives up where lines have nothing in common', () => {
    const lines = new ShapedLines({ nested: parseIfExact })
    for (let at = 0; at < 600; at += 1) expect(readLine(lines, `{"member ${at}":1}`).shaped).to.equal(false)
    for (let at = 0; at < 10; at += 1) expect(readLine(lines, '{"id":1}').shaped).to.equal(false)
  })
})
