/** Query pairs in sending order, decoded. A key occurs once. */
export type Query = readonly (readonly [key: string, value: string])[]

/** Header names in lower case. */
export type Headers = Readonly<Record<string, string>>

/** What both signatures are computed over. */
export interface RequestToSign {
  readonly method: string
  /** As it goes over the wire: encoded already, and not changed afterwards. */
  readonly path: string
  readonly query: Query
  readonly headers: Headers
  /** The bytes as sent, empty when there is no body. */
  readonly body: Uint8Array
}

export function sortedByKey(query: Query): Query {
  return [...query].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

/** Every character but `A-Z a-z 0-9 - _ . ~` percent-encoded, which is stricter than encodeURIComponent. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

export function isServiceHeader(name: string): boolean {
  return name.startsWith('x-log-') || name.startsWith('x-acs-')
}

/** `name:value` lines in the order of their names. */
export function headerLines(headers: Headers, isSigned: (name: string) => boolean): string[] {
  const names = Object.keys(headers).filter(isSigned).sort()
  return names.map((name) => `${name}:${headers[name]!.trim()}`)
}
