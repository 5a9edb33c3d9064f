import { useState } from 'preact/hooks'
import type { ScriptRuleState } from '../../../../emulator/script/script.ts'
import { send } from '../../feed/http.ts'
import { feedPath } from '../../feed/paths.ts'
import { feedErrorOf, usePolled } from '../../feed/use-feed.ts'
import { Problem } from '../../parts/states.tsx'
import { PRESETS } from './presets.ts'
import { RuleForm } from './rule-form.tsx'
import { RunningRules } from './running-rules.tsx'

const RULES = feedPath('rules')

/** The script of the emulator: active rules, and a form for new ones. */
export function Faults() {
  const rules = usePolled<readonly ScriptRuleState[]>(RULES, 1000)
  const [problem, setProblem] = useState<string>()
  const change = async (changes: () => Promise<unknown>) => {
    try {
      await changes()
      setProblem(undefined)
    } catch (thrown) {
      setProblem(feedErrorOf(thrown)?.message)
    }
    rules.refresh()
  }
  const add = (rule: object) => change(() => send('POST', RULES, rule))
  const remove = (numbers: readonly number[]) =>
    change(() => Promise.all(numbers.map((number) => send('DELETE', feedPath(`rules/${number}`)))))
  return (
    <>
      <h1>Faults</h1>
      {problem !== undefined && <Problem>{problem}</Problem>}
      <section class="panel">
        <h2>At one click</h2>
        <div class="presets">
          {PRESETS.map(({ title, explanation, effect }) => (
            // biome-ignore lint/suspicious/noThenProperty: a rule says "match, then"
            <button key={title} type="button" class="preset" onClick={() => add({ match: {}, then: effect })}>
              <b>{title}</b>
              <span>{explanation}</span>
            </button>
          ))}
        </div>
      </section>
      <RunningRules rules={rules.value} onRemove={remove} />
      <RuleForm onAdd={add} />
    </>
  )
}
