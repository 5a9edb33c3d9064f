/** A generator of pseudo-random numbers from 0 to 1 that gives the same ones again. */
export function seeded(seed: number): () => number {
  let state = (seed * 2_654_435_761) % 2 ** 32
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
