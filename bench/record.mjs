// The record of the vendor's published benchmarks: eight fields, ten groups.
const FIXED = 'abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*()_'
const STARTS = ['', '1', '2', '3', '4', '5', '6', '7', '8'].map((digit) => digit + FIXED)

// V8 remembers numbers that were made text. With millions of different ones it walks what it remembers at each garbage
// collection, 0.3 us a log, which is not the producer's. So the text of `r` is put together of two parts made before.
const NUMBERS = Array.from({ length: 10_000 }, (_, number) => String(number))
const PADDED = NUMBERS.map((number) => number.padStart(4, '0'))

function numberText(r) {
  return r < 10_000 ? NUMBERS[r] : NUMBERS[Math.floor(r / 10_000)] + PADDED[r % 10_000]
}

/** Log `i`: `{ group, contents, bytes }`, `bytes` counting keys and values. */
export function record(i) {
  const r = (i * 7919) % 20_000_000
  const end = numberText(r)
  return {
    group: r % 10,
    bytes: 8 * (14 + FIXED.length + end.length),
    contents: {
      content_key_1: STARTS[1] + end,
      content_key_2: STARTS[2] + end,
      content_key_3: STARTS[3] + end,
      content_key_4: STARTS[4] + end,
      content_key_5: STARTS[5] + end,
      content_key_6: STARTS[6] + end,
      content_key_7: STARTS[7] + end,
      content_key_8: STARTS[8] + end,
    },
  }
}

/** Topic and source of each of the ten groups. */
export const groups = Array.from({ length: 10 }, (_, r) => ({ topic: `topic-${r % 5}`, source: `source-${r}` }))
