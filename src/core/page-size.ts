/**
 * Where an adapter ends a page: few enough records that most of what they leave behind is young when it is thrown away, enough that a page costs nothing.
 * Measured with 100, 250 and 1000: docs/performance.md.
 */
export const PAGE_ITEMS = 250
export const PAGE_BYTES = 256 << 10
