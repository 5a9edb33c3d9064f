/** The known name that a misspelt one most likely means, if any is near enough to be proposed. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const text = given.toLowerCase()
  let nearest: string | undefined
  let nearestDistance = mostEdits(text.length) + 1
  for (const name of known) {
    // The distance is at least what one is longer than the other: a name of a megabyte is near to none.
    if (Math.abs(given.length - name.length) >= nearestDistance) continue
    const other = name.toLowerCase()
    const distance = editDistance(text, other)
    if (distance >= nearestDistance || !isLikely(text, other)) continue
    nearest = name
    nearestDistance = distance
  }
  return nearest
}

/** In a short name one slip is likely and two make another word of it; in a long one about a third may be wrong. */
function mostEdits(length: number): number {
  if (length < 2) return 0
  return length < 5 ? 1 : Math.max(2, Math.ceil(length / 3))
}

/** Of two letters none may be wrong: `sl` means `ls`, `ab` does not mean `as`. */
function isLikely(given: string, name: string): boolean {
  return given.length !== 2 || [...given].every((letter) => name.includes(letter))
}

/** The least number of letters to add, take away or replace, and of neighbours to exchange: optimal string alignment, row by row. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isExchange = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const exchanged = isExchange ? beforeLast[j - 2]! + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(replaced, exchanged, last[j]! + 1, row[j - 1]! + 1))
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
