import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import type { Answer } from './classify-answer.ts'

type Decoder = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const unzip: Decoder = promisify(gunzip)
const DECODERS = new Map<string, Decoder>([
  ['gzip', unzip],
  ['x-gzip', unzip],
  ['br', promisify(brotliDecompress)],
  // With the header of zlib, as the standard says, or without it, as some servers do.
  ['deflate', (body, options) => promisify(inflate)(body, options).catch(() => promisify(inflateRaw)(body, options))],
])
const MOST_CODINGS = 2

/**
 * An answer with its body as it was before it was encoded for the way. Requests ask for none of it, but what stands in
 * between may not follow that. A body that cannot be decoded within the limit is empty, and `undecodable` names its coding.
 */
export async function decoded(answer: Answer, limitInBytes: number): Promise<Answer> {
  const codings = codingsOf(answer)
  if (codings.length === 0) return answer
  try {
    if (codings.length > MOST_CODINGS || answer.isCut) throw new Error('too much')
    let { body } = answer
    // Empty is the body of an answer that says no more than its status.
    for (const coding of body.length === 0 ? [] : codings.reverse()) {
      body = await DECODERS.get(coding)!(body, { maxOutputLength: limitInBytes })
    }
    return { ...answer, body }
  } catch {
    return { ...answer, body: Buffer.alloc(0), undecodable: codings[0]! }
  }
}

/** Those that were applied, in their order. */
function codingsOf(answer: Answer): string[] {
  const named = (answer.header('content-encoding') ?? '').split(',').map((name) => name.trim().toLowerCase())
  return named.filter((name) => name !== '' && name !== 'identity')
}
