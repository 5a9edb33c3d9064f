import { refusal, type ServiceError } from '../http/service-error.ts'

/** A signature that would be accepted, and the strings it was made from, for developers of clients to compare. */
export interface ValidSignature {
  readonly signature: string
  readonly detail: Readonly<Record<string, string>>
}

/** The refusal of a body whose digest is not the one in a header. */
export function wrongDigest(header: string, sent: string, expected: string): ServiceError {
  const message = `the digest in the header ${header} is not the digest of the body`
  return refusal('SignatureNotMatch', message, { header, sent, expected })
}
