/** A key pair that the emulator accepts. With a `securityToken`, requests must carry that token; an empty one counts as none. */
export interface Credentials {
  /** Id of the key pair. */
  readonly accessKeyId: string
  /** Secret of the key pair. No message contains it. */
  readonly accessKeySecret: string
  /** Token of temporary credentials; undefined or empty for a permanent key pair. */
  readonly securityToken?: string
}

/** The accepted key pairs. Until the first one is added, any pair is accepted. */
export class KeyRing {
  readonly #keys = new Map<string, Credentials>()
  #isOpen = true

  /** Whether any key pair is accepted. Then signatures cannot be checked, because no secret is known. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Copies field by field: a spread would lose the keys of an object that has them as getters, to keep them out of logs. */
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
