import { Argument, Command } from 'commander'
import { completionScripts, SHELLS, type Shell } from './completion-scripts.ts'
import { wordsOf } from './completion-words.ts'

const HELP = `
Examples:
  $ source <(loghub completion bash)                                   for this shell; in ~/.bashrc for every shell
  $ loghub completion zsh > "\${fpath[1]}/_loghub"
  $ loghub completion fish > ~/.config/fish/completions/loghub.fish

Exit codes: 0 success, 2 unknown shell.`

/** What it completes is read from the program when it runs, so that every sub-command is in it. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('Print a script that lets your shell complete the commands and options of this program.')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell, _options: object, command: Command) => {
      process.stdout.write(completionScripts[shell](wordsOf(command.parent ?? command)))
    })
}
