import { parseEnv } from 'node:util'
import { assert } from 'chai'
import fc from 'fast-check'
import { FerryError } from '../../../src/core/errors.ts'
import { editEnv, readEnv } from '../../../src/switch/edit-env.ts'

const CASES: readonly { name: string; before: string; set: Record<string, string | number | boolean | null>; after: string }[] = [
  { name: 'a plain value', before: 'A=1\nSTORAGE=memory\nB=2\n', set: { STORAGE: 'sqlite' }, after: 'A=1\nSTORAGE=sqlite\nB=2\n' },
  { name: 'no line end at the end', before: 'STORAGE=memory', set: { STORAGE: 'sqlite' }, after: 'STORAGE=sqlite' },
  { name: 'double quotes', before: 'STORAGE="memory"\n', set: { STORAGE: 'sqlite' }, after: 'STORAGE="sqlite"\n' },
  { name: 'single quotes', before: "STORAGE='memory'\n", set: { STORAGE: 'sqlite' }, after: "STORAGE='sqlite'\n" },
  { name: 'backticks', before: 'STORAGE=`memory`\n', set: { STORAGE: 'sqlite' }, after: 'STORAGE=`sqlite`\n' },
  { name: 'export', before: 'export STORAGE=memory\n', set: { STORAGE: 'sqlite' }, after: 'export STORAGE=sqlite\n' },
  { name: 'a comment behind', before: 'STORAGE=memory # or sqlite\n', set: { STORAGE: 'sqlite' }, after: 'STORAGE=sqlite # or sqlite\n' },
  { name: 'a comment behind quotes', before: 'STORAGE="memory" # x\n', set: { STORAGE: 'sqlite' }, after: 'STORAGE="sqlite" # x\n' },
  { name: 'a comment that touches', before: 'STORAGE=memory#old\n', set: { STORAGE: 'sqlite' }, after: 'STORAGE=sqlite #old\n' },
  { name: 'blanks about the sign', before: '  STORAGE = memory  \n', set: { STORAGE: 'sqlite' }, after: '  STORAGE = sqlite  \n' },
  { name: 'CRLF', before: 'A=1\r\nSTORAGE=memory\r\nB=2\r\n', set: { STORAGE: 'sqlite' }, after: 'A=1\r\nSTORAGE=sqlite\r\nB=2\r\n' },
  { name: 'CRLF, a new name', before: 'A=1\r\n', set: { STORAGE: 'sqlite' }, after: 'A=1\r\nSTORAGE=sqlite\r\n' },
  { name: 'a byte order mark', before: '\uFEFFSTORAGE=memory\n', set: { STORAGE: 'sqlite' }, after: '\uFEFFSTORAGE=sqlite\n' },
  { name: 'given twice: the last', before: 'STORAGE=a\nSTORAGE=b\n', set: { STORAGE: 'sqlite' }, after: 'STORAGE=a\nSTORAGE=sqlite\n' },
  { name: 'only in a comment', before: '# STORAGE=memory\n', set: { STORAGE: 'sqlite' }, after: '# STORAGE=memory\nSTORAGE=sqlite\n' },
  { name: 'absent', before: 'A=1', set: { STORAGE: 'sqlite' }, after: 'A=1\nSTORAGE=sqlite\n' },
  { name: 'absent where all are exported', before: 'export A=1\n', set: { S: 'x' }, after: 'export A=1\nexport S=x\n' },
  { name: 'an empty file', before: '', set: { STORAGE: 'sqlite' }, after: 'STORAGE=sqlite\n' },
  { name: 'an empty value', before: 'STORAGE=\nB=2\n', set: { STORAGE: 'sqlite' }, after: 'STORAGE=sqlite\nB=2\n' },
  { name: 'an empty value and a comment', before: 'STORAGE= # which\n', set: { STORAGE: 'x' }, after: 'STORAGE=x # which\n' },
  {
    name: 'the name inside a value of several lines',
    before: 'CERT="one\nSTORAGE=inside\ntwo"\nSTORAGE=memory\n',
    set: { STORAGE: 'sqlite' },
    after: 'CERT="one\nSTORAGE=inside\ntwo"\nSTORAGE=sqlite\n',
  },
  { name: 'a beginning of another name', before: 'STORAGE_OLD=1\nSTORAGE=m\n', set: { STORAGE: 'x' }, after: 'STORAGE_OLD=1\nSTORAGE=x\n' },
  { name: 'a value with blanks', before: 'P=/a\n', set: { P: '/my app/db.sqlite' }, after: "P='/my app/db.sqlite'\n" },
  { name: 'a value with # in it', before: 'P=a\n', set: { P: 'a#b' }, after: "P='a#b'\n" },
  { name: 'a value the old quotes cannot hold', before: "P='a'\n", set: { P: "it's" }, after: 'P="it\'s"\n' },
  { name: 'a value of two lines', before: 'P="a"\n', set: { P: 'a\nb' }, after: 'P="a\\nb"\n' },
  { name: 'a dollar sign', before: 'P="a"\n', set: { P: 'a$HOME' }, after: "P='a$HOME'\n" },
  { name: 'numbers, booleans, null', before: 'A=x\nB=x\nC=x\n', set: { A: 5, B: false, C: null }, after: 'A=5\nB=false\nC=\n' },
  { name: 'what is set already', before: 'STORAGE="sqlite"\n', set: { STORAGE: 'sqlite' }, after: 'STORAGE="sqlite"\n' },
]

describe('editEnv', () => {
  for (const { name, before, set, after } of CASES) it(`changes nothing else: ${name}`, () => assert.equal(editEnv(before, set), after))

  it('refuses what no quotes can hold', () => {
    assert.throws(() => editEnv('A=1\n', { A: `a'b"c\`d#e` }), FerryError)
    assert.throws(() => editEnv('A=1\n', { A: 'a\rb' }), FerryError)
  })

  it('reads back what it wrote, keeps every other value, and Node reads the same', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('', 'a b', 'x#y', '$x', "'", '"', '\\n', 'é ✓', 'a=b', 'C:\\new', ' edge '))
    const line = fc.oneof(
      fc
        .tuple(fc.constantFrom('A', 'B', 'C_1'), fc.constantFrom('1', '"two words"', "'q # q'", '', 'x # y', '`b`'))
        .map(([k, v]) => `${k}=${v}`),
      fc.constantFrom('# comment', '', '  ', 'export D=4', '# STORAGE=no'),
    )
    const text = fc.tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n')).map(([lines, eol]) => lines.join(eol))
    fc.assert(
      fc.property(text, fc.constantFrom('A', 'STORAGE', 'D'), value, (before, name, wanted) => {
        let after: string
        try {
          after = editEnv(before, { [name]: wanted })
        } catch (error) {
          assert.instanceOf(error, FerryError)
          assert.match(wanted, /['\\\r\n"]|^\s|\s$/, 'only odd values are refused')
          return
        }
        const values = (of: string) => new Map(readEnv(of).map((entry) => [entry.name, entry.value]))
        assert.deepEqual(values(after), new Map([...values(before), [name, wanted]]))
        if (!/[\\\n]/.test(wanted)) assert.equal(parseEnv(editEnv('B=1\n', { [name]: wanted }))[name], wanted)
        assert.equal(editEnv(after, { [name]: wanted }), after, 'a second time changes nothing')
      }),
      { numRuns: 500 },
    )
  })
})
