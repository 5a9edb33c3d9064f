#!/usr/bin/env node
import { run } from './program.ts'

// `loghub ... | head`: whoever reads the output may leave early, and that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await run(process.argv.slice(2))
