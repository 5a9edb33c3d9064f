import { expect, test } from 'vitest'
import { PRESETS } from '../../../../../src/console/page/views/faults/presets.ts'
import { ruleOfForm } from '../../../../../src/console/page/views/faults/rule-of-form.ts'
import { effectText, matchText } from '../../../../../src/console/page/views/faults/rule-text.ts'
import { ruleOf } from '../../../../../src/emulator/script/rule-form.ts'
import { Script } from '../../../../../src/emulator/script/script.ts'
import { ManualClock } from '../../../../support/manual-clock.ts'

const ruleOfFields = (fields: Readonly<Record<string, string>>) =>
  ruleOfForm({ get: (name) => (Object.hasOwn(fields, name) ? (fields[name] as string) : null) })
const shown = (form: object) => {
  const script = new Script(new ManualClock())
  script.add(ruleOf(form))
  const [state] = script.list()
  return state && `${matchText(state)}: ${effectText(state)}`
}

test('an empty form is a rule for every request that does nothing', () => {
  expect(ruleOfFields({ project: '', status: ' ' })).toEqual({ match: {}, then: {} })
})

test('every field of the form is one that the emulator takes, and is told in words', () => {
  const form = ruleOfFields({
    ...{ project: 'p', logstore: 'l', method: 'POST', path: '/x', times: '3' },
    ...{ status: '503', errorCode: 'ServerBusy', errorMessage: 'later', delayMs: '1500', bytesPerSecond: '1000' },
    ...{ clockOffsetMs: '-60000', shardQuota: '5', projectQuota: '50', reset: 'after' },
    ...{ truncateAnswer: 'on', withoutRequestId: 'on' },
  })
  expect(shown(form)).toBe(
    'project p, logstore l, method POST, path /x: ServerBusy, “later”, resets the connection after storing, ' +
      'status 503, answers 1.5 s late, reads 1,000 B/s, clock 1 min behind, breaks the answer off, ' +
      'leaves out x-log-requestid, quota of each shard: 5 requests/s, quota of each project: 50 requests/s',
  )
})

test('a number that is none is refused by the emulator, by its name', () => {
  expect(() => ruleOf(ruleOfFields({ delayMs: 'soon' }))).toThrow('delayMs')
})

test('what is offered at one click is taken', () => {
  for (const { effect } of PRESETS) expect(shown({ match: {}, then: effect })).toMatch(/^every request: ./)
})

test('a rule that is code is told as such', () => {
  const script = new Script(new ManualClock())
  script.add({ match: () => true, then: () => undefined })
  expect(script.list().map((state) => [matchText(state), effectText(state)])).toEqual([
    ['decided by code', 'decided by code'],
  ])
})
