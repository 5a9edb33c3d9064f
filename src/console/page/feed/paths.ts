/** The path of a feed with its parameters. Undefined ones are left out. */
export function feedPath(name: string, parameters: Readonly<Record<string, string | number | undefined>> = {}): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string | number] => entry[1] !== undefined)
  const query = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()
  return `/console/api/${name}${query === '' ? '' : `?${query}`}`
}
