import type { GroupFields } from './log.ts'
import { varintSize, writeVarint } from './varint.ts'

/** Topic, source and tags as they follow the logs in a LogGroup. Topic and source are written also when empty. */
export function encodeGroupFields(fields: GroupFields): Buffer {
  const tagLengths = fields.tags.map(([key, value]) => textFieldSize(key) + textFieldSize(value))
  let size = textFieldSize(fields.topic) + textFieldSize(fields.source)
  for (const length of tagLengths) size += 1 + varintSize(length) + length
  const target = Buffer.allocUnsafe(size)
  let at = writeTextField(target, 0, 0x1a, fields.topic)
  at = writeTextField(target, at, 0x22, fields.source)
  for (const [i, [key, value]] of fields.tags.entries()) {
    target[at] = 0x32
    at = writeVarint(target, at + 1, tagLengths[i]!)
    at = writeTextField(target, at, 0x0a, key)
    at = writeTextField(target, at, 0x12, value)
  }
  return target
}

function textFieldSize(text: string): number {
  const length = Buffer.byteLength(text)
  return 1 + varintSize(length) + length
}

function writeTextField(target: Buffer, at: number, tag: number, text: string): number {
  target[at] = tag
  const start = writeVarint(target, at + 1, Buffer.byteLength(text))
  return start + target.write(text, start)
}
