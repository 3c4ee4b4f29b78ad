import type { Check } from '../core/check.ts'

/** A check that found nothing. */
export function passed(name: string, detail: string): Check {
  return { name, status: 'passed', detail, hint: '' }
}

/** Something to look at, which stops nothing. */
export function warning(name: string, detail: string, hint: string): Check {
  return { name, status: 'warning', detail, hint }
}

/** Something that must be mended before a run. */
export function failed(name: string, detail: string, hint: string): Check {
  return { name, status: 'failed', detail, hint }
}

/** `a, b, c and 4 more`. */
export function listNames(names: readonly string[], most = 8): string {
  const rest = names.length - most
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ')
}
