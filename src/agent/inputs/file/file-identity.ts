import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/**
 * Which file it is, whatever its name. The inode alone is not enough: the system gives it to another file as soon as this one is
 * deleted. So the first bytes count, as many as the file had when it was looked at, up to 256.
 */
export interface FileIdentity {
  readonly device: string
  readonly inode: string
  readonly fingerprint: Fingerprint
}

export interface Fingerprint {
  readonly bytes: number
  readonly digest: string
}

export const FINGERPRINT_BYTES = 256

export function inodeKey({ device, inode }: { readonly device: string; readonly inode: string }): string {
  return `${device}:${inode}`
}

export async function readFingerprint(handle: FileHandle, bytes = FINGERPRINT_BYTES): Promise<Fingerprint> {
  const buffer = Buffer.allocUnsafe(bytes)
  const { bytesRead } = await handle.read(buffer, 0, bytes, 0)
  return fingerprintOf(buffer.subarray(0, bytesRead))
}

export function fingerprintOf(head: Buffer): Fingerprint {
  const bytes = Math.min(head.length, FINGERPRINT_BYTES)
  return { bytes, digest: createHash('sha1').update(head.subarray(0, bytes)).digest('hex') }
}

/** Whether the file still begins as it did; also for a file that has grown since. An empty beginning fits any file. */
export async function beginsAs(handle: FileHandle, known: Fingerprint): Promise<boolean> {
  if (known.bytes === 0) return true
  const now = await readFingerprint(handle, known.bytes)
  return now.bytes === known.bytes && now.digest === known.digest
}
