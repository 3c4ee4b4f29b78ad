import { MemoryStoreAdapter } from '../../adapters/memory-store-adapter.ts'
import { describeAdapterContract } from '../../src/testing/adapter-contract.ts'

class Spot {
  id: string
  at = new Date(0)
  constructor(id: string) {
    this.id = id
  }
  toJSON(): string {
    throw new Error('toJSON was called')
  }
}

class Store {
  spots = new Map(Array.from({ length: 2300 }, (_, index) => [`F${index}`, new Spot(`F${index}`)]))
  odd = new Map<unknown, unknown>([
    [1, new Set(['a'])],
    ['1', undefined],
  ])
  members = new Set(['b', 'a', 1, '1'])
  list = [new Spot('x'), null]
  byName = { z: { a: 1 }, a: { a: 2 } }
  counter = 7
  get spy(): Map<string, string> {
    throw new Error('a getter was run')
  }
}

const store = new Store()

describeAdapterContract({ describe, it }, 'MemoryStoreAdapter over a live store', {
  open: () => new MemoryStoreAdapter({ store }),
  mutate: () => {
    store.spots.set('F7', new Spot('changed'))
  },
  expected: {
    collection: 'odd',
    items: [
      { key: 1, value: new Set(['a']) },
      { key: '1', value: undefined },
    ],
  },
})
