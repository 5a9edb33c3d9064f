import { useRef } from 'preact/hooks'
import { setToken } from '../feed/http.ts'

/** Asks for the token that the admin listener requires. */
export function TokenForm({ onToken }: { readonly onToken: () => void }) {
  const field = useRef<HTMLInputElement>(null)
  const onSubmit = (event: Event) => {
    event.preventDefault()
    setToken(field.current?.value.trim() ?? '')
    onToken()
  }
  return (
    <form class="panel narrow" onSubmit={onSubmit}>
      <h1>A token is needed</h1>
      <label class="field">
        <span>
          <code>admin.token</code> of the agent's configuration
        </span>
        <input ref={field} type="password" autocomplete="off" required />
      </label>
      <button type="submit">Open the console</button>
      <p class="note">It is kept for as long as this tab is open.</p>
    </form>
  )
}
