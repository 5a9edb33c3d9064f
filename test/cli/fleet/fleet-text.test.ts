import { expect, test } from 'vitest'
import { explanation, fleetText } from '../../../src/cli/fleet/fleet-text.ts'
import type { FleetInputStatus, FleetMemberStatus } from '../../../src/fleet/index.ts'

const NOW_MS = Date.UTC(2026, 0, 1, 12)
const member = (name: string, more: Partial<FleetMemberStatus> = {}): FleetMemberStatus => ({
  name,
  labels: {},
  weight: 1,
  load: 0.25,
  isDraining: false,
  owned: 1,
  planned: 1,
  startedAt: NOW_MS,
  renewedAt: NOW_MS - 2000,
  ...more,
})
const input = (id: string, more: Partial<FleetInputStatus> = {}): FleetInputStatus => ({
  id,
  type: 'file',
  placement: 'one',
  on: {},
  cost: 1,
  owner: undefined,
  since: undefined,
  reason: undefined,
  token: undefined,
  planned: undefined,
  members: [],
  problem: undefined,
  ...more,
})

test('a terminal gets two tables: members, and who runs what since when and why', () => {
  const members = [member('a', { labels: { zone: 'x' } }), member('b', { isDraining: true, planned: 0 })]
  const inputs = [
    input('one', { owner: 'a', since: NOW_MS - 300_000, reason: 'first' }),
    input('two', { placement: 'all', members: ['a', 'b'] }),
    input('three', { problem: 'no member has the labels zone=y' }),
  ]
  expect(fleetText({ members, inputs }, NOW_MS)).toBe(`MEMBER  INPUTS       WEIGHT  LOAD  STATE     SEEN     LABELS
a       1            1       25 %  runs      2 s ago  zone=x
b       1 (to be 0)  1       25 %  draining  2 s ago

INPUT  TYPE  PLACEMENT  RUNS ON  SINCE  WHY
one    file  one        a        5 min  first
two    file  all        a, b
three  file  one                        no member has the labels zone=y

2 members, 2 of 3 inputs run
`)
})

test('an explanation says who runs it, since when, why there, where it goes and where it may', () => {
  const members = [
    member('a', { labels: { zone: 'x' } }),
    member('b', { labels: { zone: 'x' }, isDraining: true }),
    member('c'),
  ]
  const status = {
    owner: 'b',
    since: NOW_MS - 60_000,
    reason: 'takeover from a',
    token: 7,
    planned: 'a',
    on: { zone: 'x' },
  }
  expect(explanation(input('one', status), members, NOW_MS)).toBe(`one: file, on one member
  runs on    b
  since      2026-01-01T11:59:00.000Z (60 s)
  why there  takeover from a
  token      7
  moves to   a
  may run on a, b (draining) (zone=x)
`)
  expect(explanation(input('two', { problem: 'the fleet has no members' }), [], NOW_MS)).toContain(
    '  runs on    nobody\n',
  )
})
