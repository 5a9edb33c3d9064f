import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

interface QueryFieldProps {
  readonly field: RefObject<HTMLInputElement>
  /** What is searched for. */
  readonly query: string
  readonly onQuery: (query: string) => void
}

const REST_MS = 250

/**
 * Where the query is written. What is typed stays here until the typing rests: results, however many, are not drawn again for
 * each key.
 */
export function QueryField({ field, query, onQuery }: QueryFieldProps) {
  const [text, setText] = useState(query)
  const told = useRef(query)
  useEffect(() => {
    // What this field has told itself comes back late: more may have been typed meanwhile.
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
