/** Bytes that a protobuf varint takes, for 0 to 4,294,967,295. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}

/** Writes 0 to 4,294,967,295 and returns the offset behind it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value
  let end = at
  while (rest > 0x7f) {
    target[end++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[end++] = rest
  return end
}

/** The bytes of a varint as latin1 characters. All but the last are 0x80 or above. */
export function varintText(value: number): string {
  let rest = value
  let text = ''
  while (rest > 0x7f) {
    text += String.fromCharCode((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  return text + String.fromCharCode(rest)
}
