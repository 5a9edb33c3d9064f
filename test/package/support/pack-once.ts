import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import manifest from '../../../package.json' with { type: 'json' }

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of an application that has the packed package installed. */
    app: string
  }
}

const ROOT = resolve(import.meta.dirname, '../../..')

/** Builds, packs, and installs the tarball in a folder with the dependencies and peers it declares and no other. */
export default function setup(project: TestProject): () => void {
  const app = realpathSync(mkdtempSync(join(tmpdir(), 'loghub-app-')))
  run('npm', ['run', '--silent', 'build'])
  const [tarball] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', app])) as [
    { filename: string },
  ]
  const installed = join(app, 'node_modules', manifest.name)
  mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', join(app, tarball.filename), '-C', installed, '--strip-components=1'])
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))
    link(join('node_modules', name), app)
  linkProgram(app, installed)
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true }))
  project.provide('app', app)
  return () => rmSync(app, { recursive: true, force: true })
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

function link(path: string, app: string): void {
  mkdirSync(dirname(join(app, path)), { recursive: true })
  symlinkSync(join(ROOT, path), join(app, path))
}

function linkProgram(app: string, installed: string): void {
  const programs = join(app, 'node_modules/.bin')
  mkdirSync(programs, { recursive: true })
  for (const [name, path] of Object.entries(manifest.bin)) symlinkSync(join(installed, path), join(programs, name))
  run('chmod', ['+x', ...Object.values(manifest.bin).map((path) => join(installed, path))])
}
