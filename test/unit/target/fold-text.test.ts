import { expect } from 'chai'
import { foldFor } from '../../../src/target/fold-text.ts'

const folds = (collation: string | undefined, a: string, b: string) => {
  const fold = foldFor(collation) ?? String
  return fold(a) === fold(b)
}

describe('foldFor', () => {
  it('keeps texts apart where the collation is bytewise', () => {
    expect(folds(undefined, 'ab', 'AB')).to.equal(false)
    expect(folds('BINARY', 'ab', 'ab ')).to.equal(false)
  })

  it('folds ASCII letters only under NOCASE of SQLite', () => {
    expect(folds('NOCASE', 'ab', 'AB')).to.equal(true)
    expect(folds('NOCASE', 'ü', 'Ü')).to.equal(false)
  })

  it('ignores spaces at the end under RTRIM', () => {
    expect(folds('RTRIM', 'ab', 'ab  ')).to.equal(true)
    expect(folds('RTRIM', 'ab', ' ab')).to.equal(false)
  })

  it('ignores case and accents, and pads, under the _ci collations of MySQL', () => {
    expect(folds('utf8mb4_general_ci', 'Ü', 'u ')).to.equal(true)
    expect(folds('utf8mb4_0900_ai_ci', 'a', 'a ')).to.equal(false)
    expect(folds('utf8mb4_0900_as_ci', 'Ü', 'u')).to.equal(false)
    expect(folds('utf8mb4_bin', 'a', 'A')).to.equal(false)
  })
})
