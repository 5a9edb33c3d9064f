import { ProducerError } from '../../core/errors.ts'

const NAMES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const

/**
 * Whether the environment names a proxy. Which requests go through it is then for the HTTP client to say, which reads
 * `NO_PROXY` as well; lower case counts before upper case.
 * @throws ProducerError `ERR_LOGHUB_OPTION` when one of the variables is no URL. It is not repeated: it may hold a password.
 */
export function hasProxyVariables(environment: NodeJS.ProcessEnv): boolean {
  const given = NAMES.filter((name) => environment[name])
  for (const name of given) {
    if (URL.canParse(environment[name]!)) continue
    const rule = 'must be a URL such as http://proxy.example.com:8080'
    throw new ProducerError('ERR_LOGHUB_OPTION', `the environment variable ${name}: ${rule}`)
  }
  return given.length > 0
}
