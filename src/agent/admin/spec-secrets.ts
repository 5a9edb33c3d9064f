/** Stands for a secret that is not told. In a spec that comes back it means: as it is. */
export const HIDDEN = '(hidden)'

// The name of a file that holds a secret is none.
const SECRET = /(token|password|secret|seed|nkey)(?!.*file$)/i

/** A copy of a spec in which no secret is told. */
export function withoutSecrets(spec: object): object {
  return mapTexts(spec, (name, text) => (SECRET.test(name) ? HIDDEN : text), undefined)
}

/** A copy of a spec with the secrets of the one before, wherever it says that they are hidden. */
export function withSecretsOf(spec: object, before: object | undefined): object {
  return mapTexts(spec, (_name, text, old) => (text === HIDDEN && typeof old === 'string' ? old : text), before)
}

type MapText = (name: string, text: string, old: unknown) => string

function mapTexts(value: object, map: MapText, old: unknown): object {
  const oldParts = (typeof old === 'object' && old !== null ? old : {}) as Record<string, unknown>
  const entries = Object.entries(value).map(([name, part]): [string, unknown] => {
    if (typeof part === 'string') return [name, map(name, part, oldParts[name])]
    return [name, typeof part === 'object' && part !== null ? mapTexts(part, map, oldParts[name]) : part]
  })
  return Array.isArray(value) ? entries.map(([, part]) => part) : Object.fromEntries(entries)
}
