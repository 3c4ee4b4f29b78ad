import { assert } from 'chai'
import { diffLines } from '../../../src/switch/diff-lines.ts'
import { maskSecrets } from '../../../src/switch/mask-secrets.ts'

describe('diffLines', () => {
  it('shows changed lines with one neighbour on each side', () => {
    assert.deepEqual(diffLines('a\nb\nc\nd\ne\nf', 'a\nb\nX\nd\ne\nf\ng'), ['@@ line 2', ' b', '-c', '+X', ' d', '@@ line 6', ' f', '+g'])
    assert.deepEqual(diffLines('a\r\nb', 'a\r\nb'), [])
  })

  it('shows a replaced block of any size', () => {
    const [old, now] = [Array(1_200).fill('old'), Array(1_200).fill('now')]
    const diff = diffLines(['same', ...old].join('\n'), ['same', ...now].join('\n'))
    assert.equal(diff.filter((line) => line.startsWith('-')).length, 1_200)
    assert.equal(diff.filter((line) => line.startsWith('+')).length, 1_200)
  })
})

describe('maskSecrets', () => {
  it('masks secret-looking values in .env and JSON, and says which are new', () => {
    const old = 'STORAGE=memory\nAPI_KEY=abc123\nDB_PASSWORD="p w"\nURL=postgres://u:pw@h/d\nCERT="-----BEGIN\nxyz\n-----END"\n'
    const now = old.replace('abc123', 'def456').replace('memory', 'sqlite')
    assert.equal(maskSecrets(old, { json: false }), 'STORAGE=memory\nAPI_KEY=***\nDB_PASSWORD=***\nURL=postgres://***@h/d\nCERT=***\n')
    assert.deepEqual(diffLines(maskSecrets(old, { json: false }), maskSecrets(now, { json: false, old })), [
      '@@ line 1',
      '-STORAGE=memory',
      '-API_KEY=***',
      '+STORAGE=sqlite',
      '+API_KEY=*** (new)',
      ' DB_PASSWORD=***',
    ])
    const json = '{ "db": { "password": "p", "port": 5, "tokens": ["a", "b"] } }'
    assert.equal(maskSecrets(json, { json: true }), '{ "db": { "password": "***", "port": 5, "tokens": ["***", "***"] } }')
  })
})
