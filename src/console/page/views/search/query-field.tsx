import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

interface QueryFieldProps {
  readonly field: RefObject<HTMLInputElement>
  /** The query of the search. */
  readonly query: string
  readonly onQuery: (query: string) => void
}

const REST_MS = 250

/**
 * The field of the query. It keeps the typed text until the user pauses, so that a long list of results is not drawn again
 * for each key.
 */
export function QueryField({ field, query, onQuery }: QueryFieldProps) {
  const [text, setText] = useState(query)
  const told = useRef(query)
  useEffect(() => {
    // A query that this field has reported comes back later. Meanwhile the user may have typed more.
    if (query !== told.current) setText(query)
    told.current = query
  }, [query])
  useEffect(() => {
    if (text === told.current) return
    const timer = setTimeout(() => {
      told.current = text
      onQuery(text)
    }, REST_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <label class="field grow">
      <span class="hidden">Query</span>
      <input
        ref={field}
        id="query"
        type="search"
        placeholder='Such as level: error and "timed out"'
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        spellcheck={false}
        autocomplete="off"
      />
    </label>
  )
}
