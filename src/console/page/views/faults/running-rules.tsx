import type { ScriptRuleState } from '../../../../emulator/script/script.ts'
import { Empty } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { countText } from '../../text/units.ts'
import { effectText, matchText } from './rule-text.ts'

interface RunningRulesProps {
  readonly rules: readonly ScriptRuleState[] | undefined
  readonly onRemove: (numbers: readonly number[]) => void
}

/** The active rules, in the order in which they are tried. */
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
          <Table columns={columnsOf(onRemove)} rows={rules} keyOf={({ number }) => number} />
        </>
      )}
    </section>
  )
}

function columnsOf(onRemove: RunningRulesProps['onRemove']): readonly Column<ScriptRuleState>[] {
  return [
    { name: 'Requests', cell: matchText },
    { name: 'What happens', cell: effectText },
    { name: 'Taken', cell: ({ fired }) => countText(fired), isNumber: true },
    { name: 'Left', cell: ({ left }) => (left === undefined ? 'no end' : countText(left)), isNumber: true },
    {
      name: 'Remove',
      isAction: true,
      cell: ({ number }) => (
        <button type="button" onClick={() => onRemove([number])} aria-label={`Remove rule ${number}`}>
          Remove
        </button>
      ),
    },
  ]
}
