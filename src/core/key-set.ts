import { renderKey } from './canonical-value.ts'
import { NumberSet } from './number-set.ts'
import type { Key } from './record.ts'
import { TextSet } from './text-set.ts'

/** What `share` gives other threads. */
export interface SharedKeys {
  readonly numbers: SharedArrayBuffer
  readonly texts: SharedArrayBuffer
}

/** Keys of records: whole numbers exactly, any other by 64 bits of its hash (see TextSet). */
export class KeySet {
  readonly #numbers: NumberSet
  readonly #texts: TextSet

  /** `shared`: what `share` of another set gave; such a set is only asked. */
  constructor(shared?: SharedKeys) {
    this.#numbers = new NumberSet(shared?.numbers)
    this.#texts = new TextSet(shared?.texts)
  }

  add(key: Key): void {
    if (isWhole(key)) this.#numbers.add(key)
    else this.#texts.add(renderKey(key))
  }

  has(key: Key): boolean {
    return isWhole(key) ? this.#numbers.has(key) : this.#texts.has(renderKey(key))
  }

  /** From then on this set is only asked, too. */
  share(): SharedKeys {
    return { numbers: this.#numbers.share(), texts: this.#texts.share() }
  }
}

/** -0 is another key than 0. */
function isWhole(key: Key): key is number {
  return Number.isSafeInteger(key) && !Object.is(key, -0)
}
