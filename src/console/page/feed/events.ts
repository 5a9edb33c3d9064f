import { ask, FeedError } from './http.ts'

/** A server-sent event. */
export interface FeedEvent {
  readonly type: string
  readonly data: unknown
}

/**
 * The events of a feed until it ends. `EventSource` is not used: it cannot send a token or report why a request was refused,
 * and it reconnects even if the feed has ended because it was complete.
 */
export async function* eventsOf(path: string, signal: AbortSignal): AsyncGenerator<FeedEvent> {
  const { body } = await ask(path, { signal })
  const reader = (body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const blocks = (rest + value).split('\n\n')
      rest = blocks.pop() as string
      for (const block of blocks) {
        const event = eventOf(block)
        if (event !== undefined) yield event
      }
    }
  } catch (error) {
    if (signal.aborted) throw error
    throw new FeedError(0, 'lost', 'the connection has ended')
  } finally {
    reader.cancel().catch(() => {})
  }
}

/** Parses an event. Undefined for a comment, which only keeps the connection alive. */
function eventOf(block: string): FeedEvent | undefined {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const data = field('data')
  return data === undefined ? undefined : { type: field('event') ?? 'message', data: JSON.parse(data) }
}
