export declare const HOW_TO_GET_IT: string
export declare const hasNatsServer: boolean
export interface NatsServer {
  readonly url: string
  readonly port: number
  start(): Promise<void>
  kill(signal?: NodeJS.Signals): Promise<void>
  pause(): void
  stop(): Promise<void>
}
export declare function startNatsServer(options?: {
  readonly config?: string
  readonly jetstream?: boolean
  readonly port?: number
  readonly directory?: string
  readonly name?: string
}): Promise<NatsServer>
export declare function startNatsCluster(size?: number): Promise<{
  readonly servers: readonly NatsServer[]
  readonly urls: readonly string[]
  stop(): Promise<void>
}>
