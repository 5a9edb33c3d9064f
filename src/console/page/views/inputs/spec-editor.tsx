import { useEffect, useState } from 'preact/hooks'
import { getJson, send } from '../../feed/http.ts'
import { feedPath } from '../../feed/paths.ts'
import { feedErrorOf } from '../../feed/use-feed.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Problem } from '../../parts/states.tsx'
import { STARTING_SPECS } from './starting-specs.ts'

interface SpecEditorProps {
  /** The input to change; undefined for a new one. */
  readonly id: string | undefined
  readonly onClose: () => void
}

/** Edits the spec of an input as JSON, with the options of the configuration. */
export function SpecEditor({ id, onClose }: SpecEditorProps) {
  const [name, setName] = useState(id ?? '')
  const [text, setText] = useState(id === undefined ? textOf(STARTING_SPECS.file) : '')
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    if (id === undefined) return
    getJson<{ id?: string }>(feedPath(`inputs/${encodeURIComponent(id)}`))
      .then(({ id: _id, ...spec }) => setText(textOf(spec)))
      .catch((thrown) => setProblem(feedErrorOf(thrown)?.message))
  }, [id])
  const onSubmit = async (event: Event) => {
    event.preventDefault()
    try {
      await send('PUT', `/inputs/${encodeURIComponent(name)}`, JSON.parse(text))
      onClose()
    } catch (thrown) {
      setProblem(thrown instanceof SyntaxError ? `This is not JSON: ${thrown.message}` : feedErrorOf(thrown)?.message)
    }
  }
  return (
    <Dialog title={id === undefined ? 'Add an input' : `Change the input ${id}`} onClose={onClose}>
      <form class="editor" onSubmit={onSubmit}>
        {id === undefined && (
          <div class="fields">
            <label class="field">
              <span>Id</span>
              <input value={name} onInput={(event) => setName(event.currentTarget.value)} required />
            </label>
            <label class="field">
              <span>Type</span>
              <select onChange={(event) => setText(textOf(STARTING_SPECS[event.currentTarget.value]))}>
                {Object.keys(STARTING_SPECS).map((type) => (
                  <option key={type}>{type}</option>
                ))}
              </select>
            </label>
          </div>
        )}
        <label class="field">
          <span>Spec, as JSON</span>
          <textarea
            class="code"
            rows={12}
            spellcheck={false}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {problem !== undefined && <Problem>{problem}</Problem>}
        <p class="note">
          What is changed here is gone after a restart. A value “(hidden)” is a secret that stays as it is.
        </p>
        <button type="submit" class="primary">
          {id === undefined ? 'Add' : 'Change'}
        </button>
      </form>
    </Dialog>
  )
}

function textOf(spec: object | undefined): string {
  return JSON.stringify(spec ?? {}, null, 2)
}
