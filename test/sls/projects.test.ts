import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import { type ProjectConfig, ProjectRegistry } from '../../src/sls/projects.ts'
import { ManualClock } from '../support/manual-clock.ts'

const config: ProjectConfig = {
  project: 'my-project',
  endpoint: 'cn-hangzhou.log.aliyuncs.com',
  credentials: { accessKeyId: 'id', accessKeySecret: 'top-secret' },
}

const registry = () => new ProjectRegistry(new ManualClock(), silentLogger)

function resolved(changes: Partial<ProjectConfig>) {
  const projects = registry()
  projects.put({ ...config, ...changes })
  return projects.get('my-project')!
}

describe('a project', () => {
  test('is there once put, and gone once removed', () => {
    const projects = registry()
    expect(projects.has('my-project')).toBe(false)
    projects.put(config)
    expect(projects.has('my-project')).toBe(true)
    expect(projects.names()).toEqual(['my-project'])
    expect(projects.remove('my-project')).toBe(true)
    expect(projects.remove('my-project')).toBe(false)
    expect(projects.get('my-project')).toBeUndefined()
  })

  test('is signed with v4 when a region is known, else with v1', () => {
    expect(resolved({}).signingRegion).toBe('cn-hangzhou')
    expect(resolved({ signatureVersion: 'v1' }).signingRegion).toBeUndefined()
    expect(resolved({ endpoint: 'http://127.0.0.1:9310' }).signingRegion).toBeUndefined()
    expect(resolved({ endpoint: 'http://127.0.0.1:9310', region: 'local' }).signingRegion).toBe('local')
    expect(resolved({ region: 'cn-beijing' }).signingRegion).toBe('cn-beijing')
  })

  test('is replaced as a whole, and what is known of the server’s clock stays', () => {
    const projects = registry()
    projects.put({ ...config, processor: 'mask' })
    const before = projects.get('my-project')!
    before.serverClock.learn((name) => (name === 'x-log-time' ? '1800000000' : undefined))
    projects.put({ ...config, credentials: { accessKeyId: 'id2', accessKeySecret: 'other' } })
    const after = projects.get('my-project')!
    expect(after.processor).toBeUndefined()
    expect(after.serverClock.offsetMs).toBe(before.serverClock.offsetMs)
    projects.put({ ...config, endpoint: 'cn-beijing.log.aliyuncs.com' })
    expect(projects.get('my-project')!.serverClock.offsetMs).toBe(0)
  })
})

describe('a wrong configuration', () => {
  test('is refused with everything that is wrong, and changes nothing', () => {
    const projects = registry()
    projects.put(config)
    const before = projects.get('my-project')
    const wrong = {
      ...config,
      endpoint: 'ftp://x',
      credentials: { accessKeyId: '', accessKeySecret: 'y' },
      region: 'a b',
    }
    expect(() => projects.put(wrong)).toThrow(/endpoint .*; credentials: accessKeyId .*; region /)
    expect(projects.get('my-project')).toBe(before)
  })

  test.each<[Partial<Record<keyof ProjectConfig, unknown>>, string]>([
    [{ project: '' }, "project ''"],
    [{ project: 'a/b' }, "project 'a/b'"],
    [{ project: 'a.b' }, "project 'a.b'"],
    [{ project: undefined }, 'project undefined'],
    [{ project: 'x'.repeat(64) }, '1 to 63'],
    [{ endpoint: undefined }, 'endpoint undefined'],
    [{ credentials: undefined }, 'credentials: must be an object'],
    [{ signatureVersion: 'v3' }, "signatureVersion 'v3': must be v1 or v4"],
    [{ signatureVersion: 'v4', endpoint: '127.0.0.1' }, 'give it as region'],
    [{ region: 'a/b' }, "region 'a/b'"],
    [{ region: 7 }, 'region 7'],
    [{ processor: 7 }, 'processor'],
  ])('%j is named', (changes, reason) => {
    expect(() => registry().put({ ...config, ...changes } as ProjectConfig)).toThrow(reason)
  })

  test('never shows a secret', () => {
    const credentials = { accessKeyId: 'id', accessKeySecret: 'top-secret with blanks' }
    expect(() => registry().put({ ...config, credentials })).toThrow('accessKeySecret must not contain')
    expect(() => registry().put({ ...config, credentials })).not.toThrow(/top-secret/)
  })
})
