import type { Command } from 'commander'

/** What can follow the name of a sub-command. */
export interface CommandWords {
  /** The names after `loghub`: one, or two where a sub-command has sub-commands. */
  readonly path: readonly string[]
  readonly description: string
  readonly options: readonly OptionWords[]
  /** What may stand where no option stands; none: the names of files. */
  readonly words: readonly string[]
}

export interface OptionWords {
  /** `--follow`. */
  readonly name: string
  /** `f` of `-f`. */
  readonly letter: string | undefined
  readonly description: string
  readonly takesValue: boolean
  /** The values that it takes, where they are known. */
  readonly choices: readonly string[]
}

/** The program itself comes first, with an empty path. */
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
