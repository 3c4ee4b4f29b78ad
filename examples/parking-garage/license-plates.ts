import type { Random } from './random.ts'

/** Plates the app accepts and careless programs change: numbers, words of programming languages, dates, quotes, other alphabets. */
export const ODD_PLATES: readonly string[] = [
  '00123', '0001', '1E10', '-1', '0X1F', 'NULL', 'TRUE', 'NAN', 'UNDEFINED', '2025-08-31', '1_000', "O'NEIL", '"Q"', 'M-Ü 1', 'İST 34', 'А123ВС77',
] // biome-ignore format: one list, read at a glance

const LETTERS = 'ABCDEFGHJKLMNPRSTUVWXYZ'

/** Distinct plates without end: the odd ones strewn among the first, about one in 23 of digits only. */
export function* licensePlates(random: Random): Generator<string, never> {
  const taken = new Set(ODD_PLATES)
  for (let count = 0; ; count++) {
    const odd = count % 7 === 0 ? ODD_PLATES[count / 7] : undefined
    if (odd !== undefined) yield odd
    let plate = ordinaryPlate(random)
    while (taken.has(plate)) plate = ordinaryPlate(random)
    taken.add(plate)
    yield plate
  }
}

function ordinaryPlate(random: Random): string {
  const letters = (count: number) => Array.from({ length: count }, () => LETTERS[random.below(LETTERS.length)]).join('')
  const digits = (count: number) => String(random.below(10 ** count)).padStart(count, '0')
  if (random.chance(0.044)) return digits(7)
  const forms = [
    () => `${letters(3)}-${digits(3)}`,
    () => `${digits(1)}${letters(3)}${digits(3)}`,
    () => `${letters(2)} ${digits(4)}`,
  ] as const
  return random.pick(forms)()
}
