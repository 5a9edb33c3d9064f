import type { CommandWords, OptionWords } from './completion-words.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Generators of the completion script of each shell. */
export const completionScripts: Readonly<Record<Shell, (commands: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

/** Bash does not show descriptions. File names are completed if nothing else matches. */
function bashScript(commands: readonly CommandWords[]): string {
  return `_loghub() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
${pathCases(commands, 6)}
    esac
  done
  case "$at $prev" in
${choiceCases(commands)}
  esac
  case "$at" in
${commands.map((command) => `    '${pathOf(command)}') COMPREPLY=($(compgen -W '${allWords(command)}' -- "$cur")) ;;`).join('\n')}
  esac
}
complete -o default -F _loghub loghub
`
}

/** With descriptions. File names are completed if nothing else matches. */
function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef loghub
_loghub() {
  local at='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
${pathCases(commands, 6)}
    esac
  done
  case "$at" in
${commands.map(zshCase).join('\n')}
  esac
}
if [ "$funcstack[1]" = _loghub ]; then _loghub "$@"; else compdef _loghub loghub; fi
`
}

function zshCase(command: CommandWords): string {
  const options = command.options.map(({ name, description, takesValue, choices }) => {
    const value = takesValue ? `:value:${choices.length > 0 ? `(${choices.join(' ')})` : '_files'}` : ''
    return `'${name}[${plain(description)}]${value}'`
  })
  const words = command.words.length > 0 ? `'*:word:(${command.words.join(' ')})'` : "'*:file:_files'"
  return `    '${pathOf(command)}') _arguments ${[...options, words].join(' ')} ;;`
}

function fishScript(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap((command) => {
    const { path, options, words } = command
    const last = path.at(-1)
    const where = last === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${last}`
    const named = words.map((word) => {
      const about = commands.find((other) => other.path.join(' ') === [...path, word].join(' '))?.description ?? ''
      return `complete -c loghub -n '${where}' -f -a ${word} -d '${plain(about)}'`
    })
    return [...named, ...options.map((option) => fishOption(where, option))]
  })
  return `${lines.join('\n')}\n`
}

function fishOption(where: string, { name, letter, description, takesValue, choices }: OptionWords): string {
  const short = letter === undefined ? '' : ` -s ${letter}`
  const values = choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : takesValue ? ' -r' : ''
  return `complete -c loghub -n '${where}'${short} -l ${name.slice(2)}${values} -d '${plain(description)}'`
}

/** Cases that follow the names of sub-commands along the line. */
function pathCases(commands: readonly CommandWords[], indent: number): string {
  const deeper = commands.filter(({ path }) => path.length > 0)
  return deeper.map((command) => `${' '.repeat(indent)}'${pathOf(command)}') at='${pathOf(command)}' ;;`).join('\n')
}

function choiceCases(commands: readonly CommandWords[]): string {
  const cases = commands.flatMap((command) =>
    command.options
      .filter(({ choices }) => choices.length > 0)
      .map(({ name, choices }) => {
        return `    '${pathOf(command)} ${name}') COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur")); return ;;`
      }),
  )
  return cases.join('\n')
}

function allWords({ words, options }: CommandWords): string {
  return [...words, ...options.map(({ name }) => name)].join(' ')
}

/** The names of a command, each after a blank, as the scripts build them. */
function pathOf({ path }: CommandWords): string {
  return path.map((name) => ` ${name}`).join('')
}

/** Removes characters that have a meaning in a shell inside quotes and brackets. */
function plain(text: string): string {
  return text.replace(/['\\[\]:`$]/g, '').replace(/\s+/g, ' ')
}
