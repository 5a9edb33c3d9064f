import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../../..')

/** Installs what a program imports, as its user would. */
export function linkPeers(app: string, code: string): void {
  for (const [, name] of code.matchAll(/^import (?:.* from )?'((?:@[\w-]+\/)?[\w-]+)(?:\/[\w/-]+)?'/gm)) {
    const installed = join(app, 'node_modules', name as string)
    const source = join(ROOT, 'node_modules', name as string)
    if (existsSync(installed) || !existsSync(source)) continue
    mkdirSync(dirname(installed), { recursive: true })
    symlinkSync(source, installed)
  }
}
