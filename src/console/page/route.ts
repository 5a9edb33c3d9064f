import { useEffect, useState } from 'preact/hooks'

/** The open view and its parameters, from the part of the address after `#`. So it survives a reload and can be shared. */
export interface Route {
  readonly view: string
  readonly parameters: URLSearchParams
}

function currentRoute(): Route {
  const [view = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?')
  return { view, parameters: new URLSearchParams(query) }
}

/** The address of a view. */
export function hrefOf(view: string, parameters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(parameters).toString()
  return `#/${view}${query === '' ? '' : `?${query}`}`
}

/** Changes the parameters of the open view in the address, without a new entry in the history. */
export function rememberInAddress(view: string, parameters: Readonly<Record<string, string>>): void {
  history.replaceState(null, '', hrefOf(view, parameters))
}

/** The present route. It includes changes by `rememberInAddress`. */
export function useRoute(): Route {
  const [, setChanges] = useState(0)
  useEffect(() => {
    const onChange = () => setChanges((changes) => changes + 1)
    addEventListener('hashchange', onChange)
    return () => removeEventListener('hashchange', onChange)
  }, [])
  return currentRoute()
}
