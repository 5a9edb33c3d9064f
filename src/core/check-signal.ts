import { ProducerError } from './errors.ts'

/** @throws ProducerError `ERR_LOGHUB_OPTION` for a value that is not an AbortSignal of any realm */
export function checkSignal(signal: unknown): void {
  if (signal === undefined) return
  const { aborted, addEventListener, removeEventListener } = (signal ?? {}) as Partial<AbortSignal>
  const canListen = typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  if (typeof aborted === 'boolean' && canListen) return
  throw new ProducerError('ERR_LOGHUB_OPTION', 'signal: must be an AbortSignal')
}
