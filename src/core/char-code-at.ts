const { charCodeAt: method } = String.prototype

/**
 * `text.charCodeAt(at)`, for loops over texts. V8 keeps texts in some seven forms (cut out of another, joined, of one byte a character or two, ...); a place that has met more than four of them
 * looks the method up again for each character, which takes longer than the rest of such a loop.
 */
export function charCodeAt(text: string, at: number): number {
  return method.call(text, at)
}
