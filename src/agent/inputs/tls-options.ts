import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import { nonEmptyText, object, type TypeOf } from '../config/schema.ts'

export const tlsRequired = {
  cert: nonEmptyText('Path of the certificate, PEM. Read when the input starts.'),
  key: nonEmptyText('Path of its key, PEM.'),
}
export const tlsOptional = {
  ca: nonEmptyText('Path of the authority whose certificates clients must show. Default: none are asked for.'),
}

/** TLS on the port of an input. */
export const tlsSchema = object(tlsRequired, tlsOptional)

export type TlsFiles = TypeOf<typeof tlsSchema>

/** @throws the error of the file system for a file that cannot be read */
export function readTls({ cert, key, ca }: TlsFiles, baseDirectory: string): TlsOptions & SecureContextOptions {
  const read = (path: string) => readFileSync(resolve(baseDirectory, path))
  const clients = ca === undefined ? {} : { ca: read(ca), requestCert: true, rejectUnauthorized: true }
  return { cert: read(cert), key: read(key), ...clients }
}
