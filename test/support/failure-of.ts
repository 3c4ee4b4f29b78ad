import { FerryError } from '../../src/core/errors.ts'

/** The FerryError that a promise ends with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<FerryError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof FerryError) return error
    throw error
  }
  throw new Error('it did not fail')
}
