import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/**
 * Identifies a file independently of its name. The inode is not enough: the system gives it to a new file as soon as the old one is
 * deleted. So the first bytes count too: as many as the file had when it was read, up to 256.
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

/** Whether the file still has these first bytes; it may have grown since. An empty fingerprint matches every file. */
export async function beginsAs(handle: FileHandle, known: Fingerprint): Promise<boolean> {
  if (known.bytes === 0) return true
  const now = await readFingerprint(handle, known.bytes)
  return now.bytes === known.bytes && now.digest === known.digest
}
