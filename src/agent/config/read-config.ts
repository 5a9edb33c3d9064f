import type { ReadConfig } from './config-document.ts'

/**
 * Reads the text of a configuration. Resolves to everything that is wrong with it instead, each with file, line, key and rule.
 * @param file its path: named in messages, and where relative paths start
 */
export async function readConfig(
  text: string,
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReadConfig | { readonly problems: readonly string[] }> {
  // An application that adds its inputs in code needs no YAML, which takes a third of the time that this package takes to load.
  const { readDocument } = await import('./config-document.ts')
  return readDocument(text, file, environment)
}
