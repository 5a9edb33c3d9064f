import { flag, list, nonEmptyText, object, type TypeOf, together } from '../config/schema.ts'

const fields = {
  servers: list(nonEmptyText(), {
    min: 1,
    description: 'Addresses of the servers, such as nats://host:4222; any of them will do. Default 127.0.0.1:4222.',
  }),
  token: nonEmptyText('Authentication by token.'),
  user: nonEmptyText('Authentication by user and password.'),
  password: nonEmptyText('The password of the user.'),
  nkeySeedFile: nonEmptyText('Authentication by NKey: path of the file with the seed (SU...).'),
  credentialsFile: nonEmptyText('Authentication by JWT: path of a credentials file (.creds).'),
  tls: object(
    {},
    {
      ca: nonEmptyText('Path of the authority that signed the certificate of the servers. Default: those of Node.js.'),
      cert: nonEmptyText('Path of a certificate of its own, where the servers ask for one.'),
      key: nonEmptyText('Path of the key of the certificate.'),
      handshakeFirst: flag('TLS from the first byte, for servers with handshake_first. Default false.'),
    },
    'TLS; `{}` is enough where the authority is a public one.',
  ),
}

/** How NATS is reached. Paths are relative to the configuration file. */
export const natsSchema = together(
  object({}, fields, 'The NATS servers, and how to log in.'),
  ({ token, user, password, nkeySeedFile, credentialsFile, tls }) => {
    const ways = Object.entries({ token, user, nkeySeedFile, credentialsFile }).filter(
      ([, value]) => value !== undefined,
    )
    if (ways.length > 1) return `only one of ${ways.map(([name]) => name).join(' and ')} can be used`
    if ((user === undefined) !== (password === undefined)) return 'user and password go together'
    return (tls?.cert === undefined) !== (tls?.key === undefined) ? 'tls: cert and key go together' : undefined
  },
)

/** How NATS is reached: servers, authentication, TLS. */
export type NatsOptions = TypeOf<typeof natsSchema>
