import { refusal, type ServiceError } from '../http/service-error.ts'

/** A signature that would be accepted, and the texts that it was made from: what a developer of a client compares. */
export interface ValidSignature {
  readonly signature: string
  readonly detail: Readonly<Record<string, string>>
}

/** The refusal of a body that is not the one that a header tells of. */
export function wrongDigest(header: string, sent: string, expected: string): ServiceError {
  const message = `the digest in the header ${header} is not the digest of the body`
  return refusal('SignatureNotMatch', message, { header, sent, expected })
}
