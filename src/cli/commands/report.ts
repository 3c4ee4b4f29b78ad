import { defineCommand } from '../command.ts'
import { CONFIG_OPTIONS, RUN_OPTION } from '../common-options.ts'
import { withWorkplace } from '../open-workplace.ts'
import { renderJson } from '../render-json.ts'

export const command = defineCommand({
  name: 'report',
  describe:
    "Shows a run's report, and where its page (report.html) is. Made again from the event log and the database when the run moved on since it was written.",
  options: {
    ...CONFIG_OPTIONS,
    ...RUN_OPTION,
    open: { type: 'boolean', describe: 'open report.html in the browser' },
  },
  examples: [
    ['ferry report', 'of the newest run'],
    ['ferry report --open', 'its page in the browser'],
    ['ferry report --run 20261122 --json', 'report.json of a certain run'],
  ],
  run({ options }, io) {
    return withWorkplace(io, { ...options, readOnly: true }, async ({ transfer, target }) => {
      const [{ join }, { findReport }] = await Promise.all([import('node:path'), import('../../run/find-report.ts')])
      const { data, folder } = await findReport({ transfer, target, runId: options.run })
      const page = join(folder, 'report.html')
      if (io.json) {
        io.out(renderJson(data, 2))
      } else {
        const { renderReportText } = await import('../../report/render-report-text.ts')
        for (const line of renderReportText(data)) io.out(line)
        io.out(`\npage: ${page}`)
      }
      if (options.open) {
        const { openInBrowser } = await import('../open-in-browser.ts')
        openInBrowser(page)
      }
      return 0
    })
  },
})
