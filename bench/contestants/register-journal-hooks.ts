import { register } from 'node:module'

/** For `node --import`, which worker threads inherit. */
register('./journal-hooks.js', import.meta.url)
