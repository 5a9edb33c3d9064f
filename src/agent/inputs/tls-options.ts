import { nonEmptyText, object, type TypeOf } from '../config/schema.ts'

export const tlsRequired = {
  cert: nonEmptyText(
    'Path of the certificate (PEM). The files are read when the input starts, and again when they change.',
  ),
  key: nonEmptyText('Path of its key (PEM).'),
}
export const tlsOptional = {
  ca: nonEmptyText(
    'Path of an authority (PEM): clients must present a certificate that it has signed. Default: no client certificates.',
  ),
}

/** TLS options of a port. */
export const tlsSchema = object(tlsRequired, tlsOptional)

export type TlsFiles = TypeOf<typeof tlsSchema>
