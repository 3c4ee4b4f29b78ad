import type { SourceAdapter } from '../../core/source-adapter.ts'
import { defineCommand } from '../command.ts'
import type { Io } from '../io.ts'
import { renderJson } from '../render-json.ts'
import { usageError } from '../usage-error.ts'

export const command = defineCommand({
  name: 'snapshot',
  describe:
    'Looks at files of a store. inspect: collections, counts and samples of their shape. check: reads everything and counts what cannot be read; exit code 1 when there is any. convert: writes any readable form as a ferry snapshot (gzip where the name ends in .gz).',
  positionals: [
    { name: 'action', describe: 'inspect, check or convert', required: true, choices: ['inspect', 'check', 'convert'] },
    { name: 'file', describe: 'the file to read', required: true },
    { name: 'output', describe: 'convert: the snapshot to write' },
  ],
  options: {
    force: { type: 'boolean', describe: 'convert: replace an output that exists' },
  },
  examples: [
    ['ferry snapshot inspect data/store.ferry.ndjson', 'what is in it'],
    ['ferry snapshot check data/store.ferry.ndjson', 'whole, and every record readable?'],
    ['ferry snapshot convert dump.json store.ferry.ndjson.gz', 'a dump of Maps as a compressed snapshot'],
  ],
  async run({ options, positionals }, io) {
    const [action, file = '', output] = positionals
    if (action === 'convert' && output === undefined)
      throw usageError('ferry snapshot convert needs <output>', 'for example: ferry snapshot convert dump.json store.ferry.ndjson')
    if (action !== 'convert' && output !== undefined)
      throw usageError(`ferry snapshot ${action} has no place for '${output}'`, 'ferry snapshot --help has examples')
    const [{ openSource }, { resolve }] = await Promise.all([import('../../../adapters/open-source.ts'), import('node:path')])
    const source = await openSource(resolve(io.cwd, file))
    try {
      if (action === 'inspect') return await inspectFile(io, source)
      if (action === 'check') return await checkFile(io, source)
      return await convertFile(io, source, { output: output ?? '', force: options.force })
    } finally {
      await source.close()
    }
  },
})

async function inspectFile(io: Io, source: SourceAdapter): Promise<number> {
  const { surveySource } = await import('../survey-source.ts')
  const survey = await surveySource(source)
  if (io.json) {
    io.out(renderJson(survey, 2))
    return 0
  }
  const { renderSurvey } = await import('../render/render-survey.ts')
  for (const line of renderSurvey(survey, io.paint)) io.out(line)
  return 0
}

async function checkFile(io: Io, source: SourceAdapter): Promise<number> {
  const { surveySource } = await import('../survey-source.ts')
  const survey = await surveySource(source)
  const unreadable = survey.collections.reduce((sum, collection) => sum + collection.unreadable, 0)
  if (io.json) io.out(renderJson({ passed: unreadable === 0, ...survey }, 2))
  else {
    for (const collection of survey.collections) {
      const mark = collection.unreadable === 0 ? io.paint.green('✔') : io.paint.red('✖')
      io.out(`${mark} ${collection.name}: ${collection.records} readable, ${collection.unreadable} not`)
      for (const reason of collection.reasons) io.out(`    ${reason}`)
    }
    io.out(unreadable === 0 ? `whole, sha256 ${survey.fingerprint}` : `${unreadable} places cannot be read; in a transfer they are rejects`)
  }
  return unreadable === 0 ? 0 : 1
}

async function convertFile(io: Io, source: SourceAdapter, options: { readonly output: string; readonly force: boolean }): Promise<number> {
  const [{ spoolSource }, { existsSync }, { resolve }] = await Promise.all([
    import('../../snapshot/spool-source.ts'),
    import('node:fs'),
    import('node:path'),
  ])
  const path = resolve(io.cwd, options.output)
  if (existsSync(path) && !options.force) throw usageError(`${path} exists`, 'choose another name, or give --force to replace it')
  const result = await spoolSource(source, path, { now: Date.now() })
  if (io.json) {
    io.out(renderJson(result, 2))
    return 0
  }
  for (const { name, count } of result.collections) io.out(`${name}: ${count}`)
  io.out(`${io.paint.green('✔')} ${result.path}, ${result.bytes} bytes, sha256 ${result.sha256}`)
  return 0
}
