import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { redactSecrets } from '../core/redact-secrets.ts'
import { buildReport } from './build-report.ts'
import { readEvents } from './event-log.ts'
import { renderReportHtml } from './html/render-report-html.ts'
import { RunMeter } from './measure-run.ts'
import { REPORT_VERSION, type ReportData, type ReportFinal } from './report-data.ts'

export const REPORT_JSON = 'report.json'
export const REPORT_HTML = 'report.html'

/**
 * Writes report.json and report.html of a run's folder from its event log and `final`; each is written beside and renamed,
 * so a reader never sees half of one. May be called again whenever the run moved on.
 * @throws the system's error when the folder cannot be written
 */
export async function writeReport(folder: string, final: ReportFinal): Promise<ReportData> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const meter = new RunMeter()
  for await (const event of readEvents(folder)) meter.add(event)
  const data = redactReport(buildReport(final, meter.measure()))
  replaceFile(join(folder, REPORT_JSON), `${JSON.stringify(data, null, 2)}\n`)
  replaceFile(join(folder, REPORT_HTML), renderReportHtml(data))
  return data
}

/** The report of a run's folder; undefined where there is none, or one of another version. */
export function readReport(folder: string): ReportData | undefined {
  const path = join(folder, REPORT_JSON)
  if (!existsSync(path)) return undefined
  try {
    const data: unknown = JSON.parse(readFileSync(path, 'utf8'))
    const isOurs = data !== null && typeof data === 'object' && 'version' in data && data.version === REPORT_VERSION
    return isOurs ? (data as ReportData) : undefined
  } catch {
    return undefined // half a file of a full disk: made again from the events
  }
}

/** Words that may repeat what a driver said; the data of rejects and differences is left alone, it must be exact. */
function redactReport(data: ReportData): ReportData {
  const { error } = data
  return {
    ...data,
    source: redactSecrets(data.source),
    target: redactSecrets(data.target),
    notices: data.notices.map(redactSecrets),
    preflight: data.preflight.map((check) => ({ ...check, detail: redactSecrets(check.detail), hint: redactSecrets(check.hint) })),
    phases: data.phases.map((phase) => ({ ...phase, detail: redactSecrets(phase.detail) })),
    error: error === null ? null : { ...error, message: redactSecrets(error.message), hint: redactSecrets(error.hint) },
  }
}

function replaceFile(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`
  const file = openSync(beside, 'w', 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(beside, path)
}
