import { expect, test } from 'vitest'
import { specProblems } from '../../../../../src/agent/host/spec-problems.ts'
import type { InputSpec } from '../../../../../src/agent/input.ts'
import { STARTING_SPECS } from '../../../../../src/console/page/views/inputs/starting-specs.ts'

test('what a new input starts from is a whole spec of its type', () => {
  for (const [type, spec] of Object.entries(STARTING_SPECS)) {
    expect([type, specProblems({ id: 'new', ...spec } as unknown as InputSpec)]).toEqual([type, []])
  }
})
