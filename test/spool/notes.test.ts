import { expect, test } from 'vitest'
import { Machine, record } from './support/process.ts'

test('the notes of unsettled records are told by the next opening, also of those that were rewritten', async () => {
  const machine = new Machine()
  const first = await machine.open({ segmentBytes: 2000 })
  const ids: number[] = []
  for (let n = 0; n < 40; n++) {
    ids.push(await first.spool.append(record('x'.repeat(200), { note: n % 2 === 0 ? `note ${n}` : undefined })))
  }
  // Most is settled: what is left is copied to another segment.
  for (const [n, id] of ids.entries()) if (n % 10 !== 0) first.spool.settle(id, 'delivered')
  await first.spool.flush()
  await first.spool.close()
  const notes: string[] = []
  const second = await machine.open({ listener: { onNote: (note) => notes.push(note) } })
  expect(notes).toEqual(['note 0', 'note 10', 'note 20', 'note 30'])
  const taken = second.spool.take('g')
  expect(Buffer.from((await second.spool.read(taken?.id ?? -1))?.body ?? []).toString()).toBe('x'.repeat(200))
  await second.spool.close()
})
