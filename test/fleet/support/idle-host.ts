import type { AddOptions, InputSpec } from '../../../src/agent/index.ts'
import type { InputHost } from '../../../src/fleet/member/input-host.ts'

/** Runs nothing, and knows what it would run. */
export class IdleHost implements InputHost {
  readonly #specs = new Map<string, InputSpec>()

  async add(specs: InputSpec | readonly InputSpec[], _options?: AddOptions): Promise<void> {
    for (const spec of [specs].flat() as InputSpec[]) this.#specs.set(spec.id, spec)
  }

  async remove(ids: string | readonly string[]): Promise<void> {
    for (const id of [ids].flat()) this.#specs.delete(id)
  }

  specs(): readonly InputSpec[] {
    return [...this.#specs.values()]
  }

  on(): never {
    return this as never
  }

  off(): never {
    return this as never
  }
}
