/** The same function, each call of which waits until those before are done, however they end. */
export function inTurns<Given, Made>(work: (given: Given) => Promise<Made>): (given: Given) => Promise<Made> {
  let last: Promise<unknown> = Promise.resolve()
  return (given) => {
    const made = last.then(() => work(given))
    last = made.catch(() => undefined)
    return made
  }
}
