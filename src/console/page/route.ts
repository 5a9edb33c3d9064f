import { useEffect, useState } from 'preact/hooks'

/** Which view is open and what it was told, as the part of the address behind `#`: it survives a reload and can be passed on. */
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

/** Changes what the address says of the open view, without a new entry in the history. */
export function rememberInAddress(view: string, parameters: Readonly<Record<string, string>>): void {
  history.replaceState(null, '', hrefOf(view, parameters))
}

/** The address of now, also where `rememberInAddress` has changed it meanwhile. */
export function useRoute(): Route {
  const [, setChanges] = useState(0)
  useEffect(() => {
    const onChange = () => setChanges((changes) => changes + 1)
    addEventListener('hashchange', onChange)
    return () => removeEventListener('hashchange', onChange)
  }, [])
  return currentRoute()
}
