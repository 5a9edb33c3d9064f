import { Buffer } from 'node:buffer'
import { hasNames } from '../../core/has-names.ts'

/** Most bytes of a topic or source, by the manual of the service. */
export const GROUP_TEXT_IN_BYTES = 128
const TAG_NAME_IN_BYTES = 128
const TAGS_IN_BYTES = 64 * 1024

/** Whether a topic or source is one that the service takes. */
export function isGroupText(text: unknown): text is string {
  return isTextWithin(text, GROUP_TEXT_IN_BYTES)
}

export function isTextWithin(text: unknown, mostBytes: number): text is string {
  if (typeof text !== 'string' || text.length > mostBytes) return false
  return text.length * 3 <= mostBytes || Buffer.byteLength(text) <= mostBytes
}

export const TAGS_MUST_BE =
  'an object of strings, their names 1 to 128 bytes and not __pack_id__, names and values together at most 64 KiB'

/** Whether tags are ones that a LogGroup may have beside its pack id. */
export function areTags(tags: unknown): tags is Readonly<Record<string, string>> {
  if (!hasNames(tags)) return false
  let bytes = 0
  for (const [name, value] of Object.entries(tags)) {
    if (name === '' || name === '__pack_id__' || !isTextWithin(name, TAG_NAME_IN_BYTES)) return false
    if (!isTextWithin(value, TAGS_IN_BYTES)) return false
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  }
  return bytes <= TAGS_IN_BYTES
}
