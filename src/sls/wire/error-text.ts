import { isError } from './scalar-text.ts'
import { CIRCULAR, type TextBudget } from './text-budget.ts'

/** What the text of an error says in a form of its own. */
const TOLD_OTHERWISE: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors'])

/** Writes any value inside an error that is no error. */
type ValueWriter = (value: unknown, budget: TextBudget) => string

/**
 * An error as text: its stack, its own fields as JSON on a line of their own, and the same of its cause and of the errors
 * that an AggregateError or SuppressedError holds. An error with a `toJSON` shows the fields that this chooses.
 */
export function errorText(error: Error, budget: TextBudget, write: ValueWriter): string {
  if (budget.isInside(error)) return CIRCULAR
  budget.enter(error)
  const inner = (value: unknown) => (isError(value) ? errorText(value, budget, write) : write(value, budget))
  let text = budget.spend(headOf(error))
  const fields = fieldsOf(error)
  if (Object.keys(fields).length > 0) text += `\n${write(fields, budget)}`
  for (const [label, value] of innerErrors(error)) text += `\n${label}: ${inner(value)}`
  budget.leave(error)
  return text
}

/** V8 takes the stack's first line when the error is made: a name or message that was set later is not in it. */
function headOf(error: Error): string {
  const [name, message] = [String(error.name), String(error.message)]
  const title = message === '' ? name : `${name}: ${message}`
  const { stack } = error
  if (typeof stack !== 'string' || stack === '') return title
  if (!stack.includes(message)) return `${title}\n${stack}`
  if (stack.includes(name)) return stack
  return stack.startsWith('Error') ? name + stack.slice('Error'.length) : `${title}\n${stack}`
}

function fieldsOf(error: Error): Record<string, unknown> {
  const { toJSON } = error as { toJSON?: unknown }
  const shown: unknown = typeof toJSON === 'function' ? toJSON.call(error, '') : error
  if (typeof shown !== 'object' || shown === null) return shown === undefined ? {} : { json: shown }
  const fields = Object.entries(shown).filter(([name, value]) => value !== undefined && !isTold(error, name))
  return Object.fromEntries(fields)
}

function isTold(error: Error, name: string): boolean {
  if (name === 'errors') return Array.isArray((error as AggregateError).errors)
  return TOLD_OTHERWISE.has(name) || (isSuppressed(error) && (name === 'error' || name === 'suppressed'))
}

function innerErrors(error: Error): [label: string, value: unknown][] {
  const { cause, errors } = error as AggregateError
  const inner: [string, unknown][] = cause === undefined ? [] : [['Caused by', cause]]
  if (Array.isArray(errors)) for (const [i, one] of errors.entries()) inner.push([`Errors[${i}]`, one])
  if (isSuppressed(error)) inner.push(['Error', error.error], ['Suppressed', error.suppressed])
  return inner
}

function isSuppressed(error: Error): error is Error & { error: unknown; suppressed: unknown } {
  return error.name === 'SuppressedError'
}
