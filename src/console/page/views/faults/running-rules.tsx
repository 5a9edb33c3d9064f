import type { ScriptRuleState } from '../../../../emulator/script/script.ts'
import { Empty } from '../../parts/states.tsx'
import { countText } from '../../text/units.ts'
import { effectText, matchText } from './rule-text.ts'

interface RunningRulesProps {
  readonly rules: readonly ScriptRuleState[] | undefined
  readonly onRemove: (numbers: readonly number[]) => void
}

/** The rules at work, in the order in which they are asked. */
export function RunningRules({ rules, onRemove }: RunningRulesProps) {
  return (
    <section class="panel">
      <div class="panel-head">
        <h2>Rules at work</h2>
        {rules !== undefined && rules.length > 1 && (
          <button type="button" onClick={() => onRemove(rules.map(({ number }) => number))}>
            Remove all
          </button>
        )}
      </div>
      {rules === undefined ? (
        <Empty>Loading…</Empty>
      ) : rules.length === 0 ? (
        <Empty>None: every request is answered as the service would.</Empty>
      ) : (
        <>
          <p class="note">The first rule that matches takes a request, and no other does.</p>
          <table>
            <thead>
              <tr>
                <th scope="col">Requests</th>
                <th scope="col">What happens</th>
                <th scope="col" class="number">
                  Taken
                </th>
                <th scope="col" class="number">
                  Left
                </th>
                <th scope="col">
                  <span class="hidden">Remove</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rules.map((rule) => (
                <tr key={rule.number}>
                  <td data-label="Requests">{matchText(rule)}</td>
                  <td data-label="What happens">{effectText(rule)}</td>
                  <td data-label="Taken" class="number">
                    {countText(rule.fired)}
                  </td>
                  <td data-label="Left" class="number">
                    {rule.left === undefined ? 'no end' : countText(rule.left)}
                  </td>
                  <td class="number">
                    <button
                      type="button"
                      onClick={() => onRemove([rule.number])}
                      aria-label={`Remove rule ${rule.number}`}
                    >
                      Remove
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  )
}
