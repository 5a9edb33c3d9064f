/** The events of an agent and their payloads. */
export interface AgentEvents {
  /** An input runs. */
  readonly added: { readonly id: string }
  /** An input was removed. */
  readonly removed: {
    readonly id: string /** False: it did not end in time and was left behind. */
    readonly inTime: boolean
  }
  /** A run of an input has failed. */
  readonly failed: {
    readonly id: string
    readonly error: Error /** Undefined when it is given up. */
    readonly restartInMs: number | undefined
  }
  /** An input has ended by itself. */
  readonly finished: { readonly id: string }
  /** An input did not end in time: its later writes are ignored. */
  readonly 'left-behind': { readonly id: string }
}

/** Called with each event of an agent. */
export type EmitAgentEvent = <Name extends keyof AgentEvents>(event: Name, payload: AgentEvents[Name]) => void
