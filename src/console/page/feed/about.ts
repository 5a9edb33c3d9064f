import type { About } from '../../about.ts'
import { feedPath } from './paths.ts'
import { type Polled, usePolled } from './use-feed.ts'

export type { About }

const PATH = feedPath('about')

/** The program whose console this is. */
export function useAbout(): Polled<About> {
  return usePolled<About>(PATH, 2000)
}

/** Identifies the process: a different value means that the former process has ended. */
export function instanceOf({ pid, startedAt }: About): string {
  return `${pid}-${startedAt}`
}
