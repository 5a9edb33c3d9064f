import type { DiskSpool } from '../../../src/spool/disk-spool.ts'
import type { History, Script } from './crash-history.ts'
import { seeded } from './seeded.ts'
import type { TestSockets } from './test-sockets.ts'

const STEPS = 40
const MOST_ALIVE = 2
const PROCESSES = 'abcdefghijklmnopqrstuvwxyz'

interface Life {
  readonly spool: DiskSpool
  readonly sockets: TestSockets
  /** The first letter of the names of its records. */
  readonly letter: string
  appended: number
}

/** Appends in bursts, settles, dies, closes, takes over, waits: one that a seed makes up. */
export function randomScript(seed: number): Script {
  const random = seeded(seed)
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T
  const segmentBytes = pick([1200, 2400, 8000, 64 * 1024])
  const durability = pick(['batch', 'interval'] as const)
  return {
    options: { segmentBytes, durability },
    async run(history) {
      const lives: Life[] = []
      let born = 0
      const birth = async () => {
        if (born === PROCESSES.length) return
        const letter = PROCESSES[born++] as string
        lives.push({ ...(await history.open()), letter, appended: 0 })
      }
      for (let step = 0; step < STEPS; step++) {
        const kind = random()
        if (lives.length === 0 || (kind < 0.1 && lives.length < MOST_ALIVE)) {
          await birth()
          if (lives.length === 0) return
        }
        const life = pick(lives)
        if (kind < 0.5) await burst(history, life, 1 + Math.floor(random() * 8), random)
        else if (kind < 0.7) settleSome(history, life, random)
        else if (kind < 0.78) await history.takeAndSettle(life.spool, pick(['x', 'y']))
        else if (kind < 0.84) await history.flush(life.spool, life.letter)
        else if (kind < 0.9) await history.machine.clock.advance(pick([0, 250, 2000]))
        else {
          lives.splice(lives.indexOf(life), 1)
          if (random() < 0.6) life.sockets.die()
          else await life.spool.close()
          await history.machine.clock.advance(0)
        }
      }
    },
  }
}

/** At once, or some while others are written or synced. */
async function burst(history: History, life: Life, records: number, random: () => number): Promise<void> {
  const mostTurns = random() < 0.5 ? 0 : 20
  const names = Array.from({ length: records }, () => life.letter + String(life.appended++).padStart(3, '0'))
  const appends: Promise<void>[] = []
  for (const name of names) {
    appends.push(history.append(life.spool, name))
    for (let turn = Math.floor(random() * mostTurns); turn > 0; turn--) await Promise.resolve()
  }
  await Promise.all(appends)
}

/** Most of what it has, so that segments become sparse. */
function settleSome(history: History, life: Life, random: () => number): void {
  history.settle(life.spool, ...history.unsettledOf(life.letter).filter(() => random() < 0.8))
}
