import { styleText } from 'node:util'

export type Color = 'green' | 'red' | 'yellow' | 'dim' | 'bold'

/** Colours a text, or returns it unchanged. */
export type Paint = (color: Color, text: string) => string

/**
 * Colours are used on a terminal, unless NO_COLOR is set or the terminal is dumb. FORCE_COLOR uses them for a pipe as well, and
 * `FORCE_COLOR=0` never.
 */
export function paintFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Paint {
  return hasColors(stream, environment) ? (color, text) => styleText(color, text, FORCED) : (_color, text) => text
}

// `hasColors` decides whether there are colours, for one stream.
const FORCED = { validateStream: false } as never

function hasColors({ isTTY }: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment
  if (NO_COLOR) return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTTY === true && TERM !== 'dumb'
}
