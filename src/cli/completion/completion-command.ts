import { Argument, Command } from 'commander'
import { completionScripts, SHELLS, type Shell } from './completion-scripts.ts'
import { wordsOf } from './completion-words.ts'

const HELP = `
Examples:
  $ source <(loghub completion bash)                                   for this shell; in ~/.bashrc for every shell
  $ loghub completion zsh > "\${fpath[1]}/_loghub"
  $ loghub completion fish > ~/.config/fish/completions/loghub.fish

Exit codes: 0 success, 2 unknown shell.`

/** The words are read from the program when the command runs, so that every sub-command is included. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('Print a script that lets your shell complete the commands and options of this program.')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell, _options: object, command: Command) => {
      process.stdout.write(completionScripts[shell](wordsOf(command.parent ?? command)))
    })
}
