/** A request line that some route may answer. */
export interface RoutePattern {
  /** In upper case. */
  readonly method: string
  /** Parts that begin with a colon match any one part, and are handed on decoded, under that name. */
  readonly path: string
}

/** Values of the `:name` parts of a path. */
export type PathParams = Readonly<Record<string, string>>

/** What a look into the table finds: the route, or which methods the path has, none for an unknown path. */
export type RouteFound<Route> =
  | { readonly route: Route; readonly params: PathParams }
  | { readonly route: undefined; readonly methods: readonly string[] }

/** Routes by method and path. The first that fits is taken, so a route with a fixed part stands before one with a name there. */
export class RouteTable<Route extends RoutePattern> {
  readonly #routes: readonly { readonly route: Route; readonly pattern: readonly string[] }[]

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, pattern: route.path.split('/').slice(1) }))
  }

  /**
   * @param segments the parts of the path, decoded, as {@link pathSegments} gives them
   * @param accepts what else must hold for a route; the next that fits is asked then
   */
  find(method: string, segments: readonly string[], accepts?: (route: Route) => boolean): RouteFound<Route> {
    const methods = new Set<string>()
    for (const { route, pattern } of this.#routes) {
      const params = paramsOf(pattern, segments)
      if (params === undefined) continue
      methods.add(route.method)
      if (route.method === method && accepts?.(route) !== false) return { route, params }
    }
    return { route: undefined, methods: [...methods] }
  }
}

/** The parts of a path, percent-decoded; undefined where the encoding is broken. */
export function pathSegments(path: string): string[] | undefined {
  try {
    return path.split('/').slice(1).map(decodeURIComponent)
  } catch {
    return undefined
  }
}

function paramsOf(pattern: readonly string[], segments: readonly string[]): PathParams | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] as string
    if (part.startsWith(':') && segment !== '') params[part.slice(1)] = segment
    else if (part !== segment) return undefined
  }
  return params
}
