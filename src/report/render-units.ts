/** `1,234,567`; the same on every machine, whatever its locale. */
export function renderCount(count: number | bigint): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** `1 row`, `2 rows`. */
export function renderPlural(count: number, noun: string, plural = `${noun}s`): string {
  return `${renderCount(count)} ${count === 1 ? noun : plural}`
}

/** A duration in ms as people say it: `84 ms`, `3.2 s`, `4 min 05 s`, `2 h 07 min`. */
export function renderDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** A size in bytes: `512 B`, `1.4 MiB`. */
export function renderBytes(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1024 && unit < SIZES.length - 1) {
    size /= 1024
    unit += 1
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${SIZES[unit] ?? 'B'}`
}

/** Items per second: `950/s`, `12.3 k/s`, `1.2 M/s`. */
export function renderRate(perSecond: number): string {
  if (perSecond >= 999_500) return `${(perSecond / 1e6).toFixed(1)} M/s`
  if (perSecond >= 9_950) return `${(perSecond / 1e3).toFixed(1)} k/s`
  return `${renderCount(Math.round(perSecond))}/s`
}

/** `2026-11-22 19:41:46 UTC`; '-' for no time. */
export function renderTime(at: number | null): string {
  return at === null ? '-' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Whole percent that says 100 only when all is done. */
export function renderPercent(done: number, total: number): string {
  if (total <= 0) return done > 0 ? '' : '0 %'
  return `${done >= total ? 100 : Math.min(99, Math.floor((done / total) * 100))} %`
}
