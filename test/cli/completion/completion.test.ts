import { describe, expect, test } from 'vitest'
import { runCli } from '../../support/run-cli.ts'
import { runProgram } from '../../support/run-program.ts'

describe('completion', () => {
  test.each([
    ['sub-commands', ['loghub', 'ta'], ['tail']],
    ['options of a sub-command', ['loghub', 'send', '--compr'], ['--compression']],
    ['the values of an option', ['loghub', 'send', '--compression', ''], ['lz4', 'deflate', 'zstd', 'none']],
    ['options after others', ['loghub', 'tail', '--topic', 'a', '--ded'], ['--dedupe']],
    ['its own shells', ['loghub', 'completion', 'b'], ['bash']],
  ])('of bash gives %s', async (_what, words, expected) => {
    const { stdout: script } = await runCli(['completion', 'bash'])
    const typed = words.map((word) => `'${word}'`).join(' ')
    const line = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _loghub; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr } = await runProgram('bash', ['-c', `${script}\n${line}`])
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toEqual(expected)
  })

  test.each(['zsh', 'fish'])('of %s names every sub-command and its options', async (shell) => {
    const { code, stdout } = await runCli(['completion', shell])
    expect(code).toBe(0)
    for (const word of ['emulator', 'send', 'tail', 'check', 'delivery-timeout', 'dedupe'])
      expect(stdout).toContain(word)
  })

  test('of another shell is refused', async () => {
    const { code, stderr } = await runCli(['completion', 'cmd'])
    expect(code).toBe(2)
    expect(stderr).toContain('bash, zsh, fish')
  })
})
