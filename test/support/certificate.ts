import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** A certificate for `localhost` and 127.0.0.1 that is its own authority, in two files of a folder. */
export function selfSigned(folder: string, name = 'server'): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}-key.pem`)]
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  const type = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const args = [...type, '-subj', '/CN=localhost', '-addext', names, '-keyout', key, '-out', cert]
  execFileSync('openssl', args, { stdio: 'ignore' })
  return { cert, key }
}
