/** The known name that a misspelt one most likely means, if any is near. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined
  let nearestDistance = Math.max(2, Math.ceil(given.length / 3)) + 1
  for (const name of known) {
    // The distance is at least what one is longer than the other: a name of a megabyte is near to none.
    if (Math.abs(given.length - name.length) >= nearestDistance) continue
    const distance = editDistance(given.toLowerCase(), name.toLowerCase())
    if (distance >= nearestDistance) continue
    nearest = name
    nearestDistance = distance
  }
  return nearest
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(substituted, (previous[j] as number) + 1, (row[j - 1] as number) + 1))
    }
    previous = row
  }
  return previous[b.length] as number
}
