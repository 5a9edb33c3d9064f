import { OWN_MESSAGE_PREFIX } from '../../core/logger.ts'

/**
 * Whether a message comes from the producer itself. A logger that writes to the producer may be given to it as `logger`,
 * and may write later or in another thread: without this each warning would cause the next.
 */
export function isOwnMessage(message: unknown): boolean {
  return typeof message === 'string' && message.startsWith(OWN_MESSAGE_PREFIX)
}
