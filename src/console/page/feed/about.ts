import type { About } from '../../about.ts'
import { feedPath } from './paths.ts'
import { type Polled, usePolled } from './use-feed.ts'

export type { About }

const PATH = feedPath('about')

/** Whose console this is. */
export function useAbout(): Polled<About> {
  return usePolled<About>(PATH, 2000)
}

/** Another one means another process: what was shown before is of one that is gone. */
export function instanceOf({ pid, startedAt }: About): string {
  return `${pid}-${startedAt}`
}
