import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { toError } from '../../core/errors.ts'
import { anything } from '../config/anything.ts'
import { constant, nonEmptyText, object, record, type TypeOf } from '../config/schema.ts'
import { inputError } from '../host/input-error.ts'
import type { Input, InputContext } from '../input.ts'

export const moduleRequired = {
  type: constant('module'),
  module: nonEmptyText(
    'Path of an ES module, from the configuration file. Its default export is an Input, or a function that makes one from the options.',
  ),
}
export const moduleOptional = { options: record(anything(), 'Passed to the function.') }

const schema = object(moduleRequired, moduleOptional)
export type ModuleOptions = Omit<TypeOf<typeof schema>, 'type'>

/** Loads an input of the user from a module. */
export function moduleInput({ module, options = {} }: ModuleOptions, baseDirectory: string): Input {
  let input: Input | undefined
  return {
    open: async (context: InputContext) => {
      input = await load(resolve(baseDirectory, module), options)
      await input.open?.(context)
    },
    run: (context) => (input as Input).run(context),
    close: () => input?.close?.(),
  }
}

async function load(path: string, options: object): Promise<Input> {
  let loaded: unknown
  try {
    loaded = ((await import(pathToFileURL(path).href)) as { default?: unknown }).default
    if (typeof loaded === 'function') loaded = await (loaded as (options: object) => unknown)(options)
  } catch (thrown) {
    throw inputError(`the module ${path} cannot be loaded: ${toError(thrown).message}`, thrown)
  }
  if (typeof (loaded as Input | undefined)?.run === 'function') return loaded as Input
  throw inputError(`the module ${path} must have as its default export an Input, or a function that makes one`)
}
