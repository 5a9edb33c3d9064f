import type { ReadConfig } from './config-document.ts'

/**
 * Reads the text of a configuration. If it is not valid, resolves to all problems instead, each with file, line, key and rule.
 * @param file its path, for messages and as the base of relative paths
 */
export async function readConfig(
  text: string,
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReadConfig | { readonly problems: readonly string[] }> {
  // Loaded on first use: an application that adds its inputs in code needs no YAML, which is a third of the load time of this package.
  const { readDocument } = await import('./config-document.ts')
  return readDocument(text, file, environment)
}
