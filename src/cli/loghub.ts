#!/usr/bin/env node
import { run } from './program.ts'
import { EXIT } from './shared/exit-code.ts'

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // `loghub ... | head`: a reader that closes the pipe early is not a failure.
    if (error.code === 'EPIPE') return
    if (stream === process.stdout) process.stderr.write(`loghub: the output cannot be written: ${error.message}\n`)
    process.exit(EXIT.failed)
  })
}

process.exitCode = await run(process.argv.slice(2))
