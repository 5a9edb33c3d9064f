// The record of the vendor's published benchmarks: eight fields, ten groups.
const FIXED = 'abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*()_'

/** Logs of `count` records, one at a time: `{ group, contents, bytes }`, `bytes` counting keys and values. */
export function record(i) {
  const r = (i * 7919) % 20_000_000
  const suffix = FIXED + r
  return {
    group: r % 10,
    bytes: 8 * (14 + suffix.length),
    contents: {
      content_key_1: `1${suffix}`,
      content_key_2: `2${suffix}`,
      content_key_3: `3${suffix}`,
      content_key_4: `4${suffix}`,
      content_key_5: `5${suffix}`,
      content_key_6: `6${suffix}`,
      content_key_7: `7${suffix}`,
      content_key_8: `8${suffix}`,
    },
  }
}

/** Topic and source of each of the ten groups. */
export const groups = Array.from({ length: 10 }, (_, r) => ({ topic: `topic-${r % 5}`, source: `source-${r}` }))
