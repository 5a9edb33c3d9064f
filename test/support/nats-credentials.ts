import { nkeys } from '@nats-io/transport-node'

type KeyPair = ReturnType<typeof nkeys.createUser>

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT as NATS has them: signed by the key of who issues it. */
function signed(issuer: KeyPair, subject: KeyPair, name: string, nats: object): string {
  const claims = { jti: name, iat: 1, iss: issuer.getPublicKey(), sub: subject.getPublicKey(), name, nats }
  const body = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded(claims)}`
  return `${body}.${Buffer.from(issuer.sign(Buffer.from(body))).toString('base64url')}`
}

/** The configuration of a server with an operator and one account, and the credentials file of a user of it. */
export function natsCredentials(): { readonly config: string; readonly file: string } {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()]
  const limits = { subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1, wildcards: true }
  const operatorJwt = signed(operator, operator, 'operator', { type: 'operator', version: 2 })
  const accountJwt = signed(operator, account, 'account', { limits, type: 'account', version: 2 })
  const userJwt = signed(account, user, 'user', { subs: -1, data: -1, payload: -1, type: 'user', version: 2 })
  return {
    config: `operator: ${operatorJwt}\nresolver: MEMORY\nresolver_preload { ${account.getPublicKey()}: ${accountJwt} }`,
    file: [
      '-----BEGIN NATS USER JWT-----',
      userJwt,
      '------END NATS USER JWT------',
      '-----BEGIN USER NKEY SEED-----',
      textOf(user.getSeed()),
      '------END USER NKEY SEED------',
      '',
    ].join('\n'),
  }
}
