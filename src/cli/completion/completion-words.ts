import type { Command } from 'commander'

/** The words that can follow the name of a command. */
export interface CommandWords {
  /** The names after `loghub`: one, or two for a sub-command of a sub-command. */
  readonly path: readonly string[]
  readonly description: string
  readonly options: readonly OptionWords[]
  /** Words other than options. If there are none, file names are completed. */
  readonly words: readonly string[]
}

export interface OptionWords {
  /** For example `--follow`. */
  readonly name: string
  /** For example `f` for `-f`. */
  readonly letter: string | undefined
  readonly description: string
  readonly takesValue: boolean
  /** The possible values, if they are known. */
  readonly choices: readonly string[]
}

/** The words of all commands. The program itself comes first, with an empty path. */
export function wordsOf(program: Command, path: readonly string[] = []): CommandWords[] {
  const options = program.createHelp().visibleOptions(program)
  const own: CommandWords = {
    path,
    description: firstSentence(program.description()),
    options: options.map(({ long, short, description, required, optional, argChoices }) => ({
      name: long ?? '',
      letter: short?.slice(1),
      description,
      takesValue: required || optional,
      choices: argChoices ?? [],
    })),
    words:
      program.commands.length > 0
        ? program.commands.map((command) => command.name())
        : program.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  }
  return [own, ...program.commands.flatMap((command) => wordsOf(command, [...path, command.name()]))]
}

function firstSentence(text: string): string {
  return /^.*?(?=[.:]( |$)|$)/s.exec(text)?.[0] ?? text
}
