import { createHmac } from 'node:crypto'

// A process signs with few secrets and regions; this bounds what rotated ones leave behind.
const MOST_KEYS = 64

/** The keys of signature version 4, each derived once a day from secret, date and region. */
export class SigningKeys {
  readonly #keys = new Map<string, Buffer>()

  get size(): number {
    return this.#keys.size
  }

  derive(secret: string, date: string, region: string): Buffer {
    const name = JSON.stringify([secret, date, region])
    const known = this.#keys.get(name)
    if (known !== undefined) return known
    if (this.#keys.size === MOST_KEYS) this.#keys.clear()
    const key = deriveKey(secret, date, region)
    this.#keys.set(name, key)
    return key
  }
}

function deriveKey(secret: string, date: string, region: string): Buffer {
  let key = hmac(`aliyun_v4${secret}`, date)
  for (const step of [region, 'sls', 'aliyun_v4_request']) key = hmac(key, step)
  return key
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
