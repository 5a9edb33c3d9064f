import { Argument, Command } from 'commander'
import { completionScripts, SHELLS, type Shell } from './completion-scripts.ts'
import { wordsOf } from './completion-words.ts'

const HELP = `
Examples:
  $ source <(loghub completion bash)                                   this shell; in ~/.bashrc: every one
  $ loghub completion zsh > "\${fpath[1]}/_loghub"
  $ loghub completion fish > ~/.config/fish/completions/loghub.fish

Exit codes: 0 the script is printed, 2 a shell that is not known.`

/** What it completes is read from the program when it runs, so that every sub-command is in it. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('Print what makes your shell complete the words of this program.')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell, _options: object, command: Command) => {
      process.stdout.write(completionScripts[shell](wordsOf(command.parent ?? command)))
    })
}
