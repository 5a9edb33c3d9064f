import { type Command, Option } from 'commander'
import { type Credentials, credentialsProblem, environmentCredentials } from '../../sls/auth/credentials.ts'
import type { ProjectConfig } from '../../sls/projects.ts'
import { UsageError } from './exit-code.ts'

/** Destination and credentials on the command line. */
export interface ConnectionOptions {
  readonly endpoint?: string
  readonly project?: string
  readonly logstore?: string
  readonly region?: string
  readonly accessKeyId?: string
  readonly accessKeySecret?: string
}

/** A logstore, and how to reach it. */
export interface Connection extends ProjectConfig {
  readonly logstore: string
}

const FALLBACKS = { endpoint: 'LOGHUB_ENDPOINT', project: 'LOGHUB_PROJECT', logstore: 'LOGHUB_LOGSTORE' } as const

/** Adds the options of every command that calls the service. */
export function addConnectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--endpoint <host or URL>', `of the service, such as cn-hangzhou.log.aliyuncs.com ${env('endpoint')}`),
    )
    .addOption(new Option('--project <name>', `project of the logs ${env('project')}`))
    .addOption(new Option('--logstore <name>', `logstore of the logs ${env('logstore')}`))
    .addOption(new Option('--region <id>', 'region for signature v4, if the endpoint does not contain it'))
    .addOption(keyIdOption())
    .addOption(keySecretOption())
    .addOption(new Option('--verbose', 'print errors with their stack'))
}

export function keyIdOption(): Option {
  return new Option('--access-key-id <id>', 'AccessKey id (env: ALIBABA_CLOUD_ACCESS_KEY_ID)')
}

export function keySecretOption(): Option {
  const why = 'AccessKey secret; prefer the variable, because other users can see a command line'
  return new Option('--access-key-secret <secret>', `${why} (env: ALIBABA_CLOUD_ACCESS_KEY_SECRET)`)
}

/** The destination and the credentials, from the command line or the environment. @throws UsageError that names everything that is missing */
export function resolveConnection(options: ConnectionOptions, environment: NodeJS.ProcessEnv): Connection {
  const missing: string[] = []
  const take = (name: keyof typeof FALLBACKS): string => {
    const value = options[name] || environment[FALLBACKS[name]]
    if (!value) missing.push(`--${name} (or ${FALLBACKS[name]})`)
    return value ?? ''
  }
  const names = { endpoint: take('endpoint'), project: take('project'), logstore: take('logstore') }
  const credentials = credentialsOf(options, environment)
  if (credentials === undefined) missing.push('ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET')
  if (missing.length > 0 || credentials === undefined) throw new UsageError(`not given: ${missing.join(', ')}`)
  return { ...names, credentials, ...(options.region !== undefined && { region: options.region }) }
}

/**
 * Credentials from the command line, or else from the environment. A token belongs only to the key pair of the environment.
 * @throws UsageError for half a pair, and for what cannot be a key; the message never contains the key
 */
export function credentialsOf(options: ConnectionOptions, environment: NodeJS.ProcessEnv): Credentials | undefined {
  const given = givenCredentials(options, environmentCredentials(environment))
  const problem = given && credentialsProblem(given)
  if (problem !== undefined) throw new UsageError(`credentials: ${problem}`)
  return given
}

function givenCredentials(
  { accessKeyId, accessKeySecret }: ConnectionOptions,
  fromEnvironment: Credentials | undefined,
): Credentials | undefined {
  if (accessKeyId === undefined && accessKeySecret === undefined) return fromEnvironment
  return {
    accessKeyId: accessKeyId ?? fromEnvironment?.accessKeyId ?? '',
    accessKeySecret: accessKeySecret ?? fromEnvironment?.accessKeySecret ?? '',
  }
}

function env(name: keyof typeof FALLBACKS): string {
  return `(env: ${FALLBACKS[name]})`
}
