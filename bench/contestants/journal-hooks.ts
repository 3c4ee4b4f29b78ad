import type { LoadHook } from 'node:module'

/** What stands in for modules that only the journal needs, so that a run without one can be measured. */
const STUBS: Readonly<Record<string, string>> = {
  '/src/state/pack-journal.js': `
    export const packJournal = () => new Uint8Array(0)
    export const unpackJournal = () => { throw new Error('this run has no journal') }`,
  '/src/transform/row-hash.js': 'export const openRowHash = async () => () => () => 0n',
}

/** https://nodejs.org/docs/latest-v20.x/api/module.html#loadurl-context-nextload */
export const load: LoadHook = (url, context, nextLoad) => {
  const stub = Object.keys(STUBS).find((end) => url.endsWith(end))
  if (stub === undefined) return nextLoad(url, context)
  return { format: 'module', source: STUBS[stub] ?? '', shortCircuit: true }
}
