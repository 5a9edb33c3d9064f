import { useState } from 'preact/hooks'
import type { InputsFeed } from '../../../../agent/admin/console-feeds.ts'
import { send } from '../../feed/http.ts'
import { feedPath } from '../../feed/paths.ts'
import { feedErrorOf, usePolled } from '../../feed/use-feed.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Empty, Problem } from '../../parts/states.tsx'
import { InputRow } from './input-row.tsx'
import { SpecEditor } from './spec-editor.tsx'
import { useRates } from './use-rates.ts'

const INPUTS = feedPath('inputs')

/** The inputs of the agent: their state, and forms to change them. */
export function Inputs() {
  const feed = usePolled<InputsFeed>(INPUTS, 1000)
  const inputs = feed.value?.inputs
  const rates = useRates(inputs?.map(({ id, counts }) => [id, counts.logs] as const))
  const [edited, setEdited] = useState<{ readonly id: string | undefined }>()
  const [leaving, setLeaving] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const remove = async (id: string) => {
    setLeaving(undefined)
    try {
      await send('DELETE', `/inputs/${encodeURIComponent(id)}`)
      setProblem(undefined)
    } catch (thrown) {
      setProblem(feedErrorOf(thrown)?.message)
    }
    feed.refresh()
  }
  return (
    <>
      <div class="panel-head">
        <h1>Inputs</h1>
        <button type="button" onClick={() => setEdited({ id: undefined })}>
          Add an input
        </button>
      </div>
      {problem !== undefined && <Problem>{problem}</Problem>}
      <section class="panel rows">
        {inputs === undefined ? (
          <Empty>Loading…</Empty>
        ) : inputs.length === 0 ? (
          <Empty>There is none. Add one here, or in the configuration of the agent.</Empty>
        ) : (
          <ul class="list inputs">
            {inputs.map((input) => (
              <InputRow
                key={input.id}
                input={input}
                perSecond={rates(input.id)}
                onChange={() => setEdited({ id: input.id })}
                onRemove={() => setLeaving(input.id)}
              />
            ))}
          </ul>
        )}
      </section>
      {edited !== undefined && (
        <SpecEditor
          id={edited.id}
          onClose={() => {
            setEdited(undefined)
            feed.refresh()
          }}
        />
      )}
      {leaving !== undefined && (
        <Dialog title={`Remove the input ${leaving}?`} onClose={() => setLeaving(undefined)}>
          <p>
            It ends what it does and hands over what it has read. An input of the configuration is back after a restart.
          </p>
          <button type="button" class="primary" onClick={() => remove(leaving)}>
            Remove
          </button>
        </Dialog>
      )}
    </>
  )
}
