import type { GroupFields } from './log.ts'
import { varintSize, writeVarint } from './varint.ts'

/** Topic, source and tags as they follow the logs in a LogGroup. Topic and source are written also when empty. */
export function encodeGroupFields(fields: GroupFields): Buffer {
  const tagLengths = fields.tags.map(tagLength)
  const target = Buffer.allocUnsafe(groupFieldsSize(fields))
  let at = writeTextField(target, 0, 0x1a, fields.topic)
  at = writeTextField(target, at, 0x22, fields.source)
  for (const [i, [key, value]] of fields.tags.entries()) at = writeTag(target, at, tagLengths[i]!, key, value)
  return target
}

/** Bytes that {@link encodeGroupFields} gives. */
export function groupFieldsSize({ topic, source, tags }: GroupFields): number {
  let size = textFieldSize(topic) + textFieldSize(source)
  for (const tag of tags) {
    const length = tagLength(tag)
    size += 1 + varintSize(length) + length
  }
  return size
}

function tagLength([key, value]: readonly [string, string]): number {
  return textFieldSize(key) + textFieldSize(value)
}

/** One tag more, to be put behind the fields of a LogGroup. */
export function encodeTag(key: string, value: string): Buffer {
  const length = textFieldSize(key) + textFieldSize(value)
  const target = Buffer.allocUnsafe(1 + varintSize(length) + length)
  writeTag(target, 0, length, key, value)
  return target
}

function writeTag(target: Buffer, at: number, length: number, key: string, value: string): number {
  target[at] = 0x32
  const start = writeVarint(target, at + 1, length)
  return writeTextField(target, writeTextField(target, start, 0x0a, key), 0x12, value)
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
