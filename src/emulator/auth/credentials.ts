/** A key pair that the emulator accepts. With a `securityToken`, a request must carry that token; an empty one is none. */
export interface Credentials {
  /** Names the key pair. */
  readonly accessKeyId: string
  /** The secret of the key pair. It never leaves the process; no message repeats it. */
  readonly accessKeySecret: string
  /** The token of temporary credentials; undefined or empty for a lasting key pair. */
  readonly securityToken?: string
}

/** The key pairs that may be used. While it has never held one, any pair is taken. */
export class KeyRing {
  readonly #keys = new Map<string, Credentials>()
  #isOpen = true

  /** Whether any key pair is taken: nobody has named one, so there is no secret to check a signature with. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Copies field by field: an object whose keys are getters, to keep them out of logs, would lose them in a spread. */
  put({ accessKeyId, accessKeySecret, securityToken }: Credentials): void {
    const token = securityToken === '' ? undefined : securityToken
    this.#keys.set(accessKeyId, { accessKeyId, accessKeySecret, securityToken: token })
    this.#isOpen = false
  }

  remove(accessKeyId: string): void {
    this.#keys.delete(accessKeyId)
  }

  find(accessKeyId: string): Credentials | undefined {
    return this.#keys.get(accessKeyId)
  }
}
