export interface MutatedOutcome {
  readonly answered: number
  readonly ended: number
  readonly hung: number
}

export function sendMutatedRequests(options: {
  readonly port: number
  readonly requests: number
  readonly seed?: number
  readonly atOnce?: number
}): Promise<MutatedOutcome>
