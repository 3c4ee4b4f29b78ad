import { canonicalJson } from '../core/canonical-value.ts'
import { ValueProblem } from '../core/row.ts'

/**
 * Why a JSON text would not survive an engine that parses and prints JSON: two members of one name, or a number that
 * a double does not hold exactly. undefined when it does.
 */
export function findJsonProblem(text: string): ValueProblem | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return new ValueProblem('TYPE', 'not JSON')
  }
  // What JSON.stringify wrote comes back the same; only texts of other writers need the slow look.
  if (JSON.stringify(value) === text) return undefined
  return scanJson(text)
}

/** One text per JSON value, whatever the order of names, the spaces and the form of numbers. */
export function toCanonicalJson(text: string): string {
  try {
    return canonicalJson(JSON.parse(text))
  } catch {
    return text
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[{}[\]:,]|true|false|null/g

function scanJson(text: string): ValueProblem | undefined {
  const names: (Set<string> | undefined)[] = []
  let previous = ''
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{') names.push(new Set())
    else if (token === '[') names.push(undefined)
    else if (token === '}' || token === ']') names.pop()
    else if (token === ':') {
      const seen = names.at(-1)
      const name = String(JSON.parse(previous))
      if (seen?.has(name)) return new ValueProblem('PRECISION', 'two members of one object have the same name')
      seen?.add(name)
    } else if (/^[-\d]/.test(token) && !isExactNumber(token)) {
      return new ValueProblem('PRECISION', 'a number with more digits than a double holds')
    }
    previous = token
  }
  return undefined
}

function isExactNumber(token: string): boolean {
  const value = Number(token)
  if (!Number.isFinite(value) || Object.is(value, -0)) return false
  return scientific(token) === scientific(String(value))
}

/** Digits without zeros at either end, and the exponent of the first one: equal for equal numbers. */
function scientific(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const negative = mantissa.startsWith('-')
  const [whole = '', fraction = ''] = mantissa.slice(negative ? 1 : 0).split('.')
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return '0'
  const leadingZeros = whole.length + fraction.length - digits.length
  const power = Number(exponent) + whole.length - leadingZeros
  return `${negative ? '-' : ''}${digits.replace(/0+$/, '')}e${power}`
}
