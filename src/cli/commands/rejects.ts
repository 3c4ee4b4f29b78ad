import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, RUN_OPTION } from '../common-options.ts'
import { withWorkplace } from '../open-workplace.ts'
import { renderJson } from '../render-json.ts'
import { usageError } from '../usage-error.ts'

export const command = defineCommand({
  name: 'rejects',
  describe: 'Shows what a run turned away: grouped by cause, as a list, or one reject with its whole record.',
  positionals: [
    { name: 'action', describe: 'group (default), list, or show <id>', choices: ['group', 'list', 'show'] },
    { name: 'id', describe: 'number of the reject, for show' },
  ],
  options: {
    ...CONFIG_OPTIONS,
    ...RUN_OPTION,
    mapping: { type: 'string', describe: 'list: only of this mapping' },
    code: { type: 'string', describe: 'list: only with this cause, such as MISSING_REFERENCE' },
    status: { type: 'string', describe: 'list: still open, or landed by a retry', choices: ['open', 'landed'] },
    after: { type: 'number', describe: 'list: go on after this id' },
    limit: { type: 'number', describe: 'list: at most this many (default 100)' },
  },
  examples: [
    ['ferry rejects', 'of the newest run, grouped by cause'],
    ['ferry rejects list --code MISSING_REFERENCE', 'every record of one cause'],
    ['ferry rejects show 12', 'one record whole'],
    ['ferry rejects list --json --limit 100000', 'all as JSON'],
  ],
  run({ options, positionals }, io) {
    const [action = 'group', word] = positionals
    const id = Number(word)
    if (action === 'show' && !(Number.isSafeInteger(id) && id > 0)) {
      throw usageError('ferry rejects show needs the number of a reject', 'ferry rejects list shows the numbers')
    }
    if (action !== 'show' && word !== undefined)
      throw usageError(`ferry rejects ${action} has no place for '${word}'`, 'ferry rejects --help has examples')
    return withWorkplace(io, { ...options, readOnly: true }, async ({ transfer, target }) => {
      const [{ readStatus }, rejects, render] = await Promise.all([
        import('../../run/read-status.ts'),
        import('../../state/rejects.ts'),
        import('../render/render-rejects.ts'),
      ])
      const { run } = await readStatus(target, { transfer: transfer.name, ...(options.run === undefined ? {} : { runId: options.run }) })
      const session = await target.openSession()
      try {
        if (action === 'show') {
          const reject = await rejects.readReject(session, run.id, id)
          for (const line of io.json ? [renderJson(reject, 2)] : render.renderReject(reject, io.paint)) io.out(line)
        } else if (action === 'list') {
          const list = await rejects.listRejects(session, run.id, readFilter(options))
          for (const line of io.json ? [renderJson(list, 2)] : render.renderRejectList(list, io.paint)) io.out(line)
          if (!io.json && list.length === 0) io.out('no rejects')
        } else {
          const groups = await rejects.groupRejects(session, run.id)
          for (const line of io.json ? [renderJson({ runId: run.id, groups }, 2)] : render.renderRejectGroups(groups, io.paint))
            io.out(line)
          if (!io.json)
            io.out(groups.length === 0 ? 'no rejects' : `\nferry rejects list --run ${run.id} names each; ferry retry takes them up again`)
        }
        return 0
      } finally {
        await session.close()
      }
    })
  },
})

interface FilterValues {
  readonly mapping: string | undefined
  readonly code: string | undefined
  readonly status: string | undefined
  readonly after: number | undefined
  readonly limit: number | undefined
}

function readFilter({ mapping, code, status, after, limit = 100 }: FilterValues) {
  if (!(Number.isSafeInteger(limit) && limit > 0))
    throw usageError('--limit needs a whole number of 1 or more', 'for example: --limit 1000')
  return {
    ...(mapping === undefined ? {} : { mapping }),
    ...(code === undefined ? {} : { code }),
    ...(status === 'open' || status === 'landed' ? { status: status as 'open' | 'landed' } : {}),
    ...(after === undefined ? {} : { afterId: after }),
    limit,
  }
}
