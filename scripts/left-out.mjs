// What `npm test` has not tested, said at its end.
import { spawnSync } from 'node:child_process'

const parts = ['the packed package (npm run test:package)', 'examples', 'demo', 'benches', 'docs']
console.log(`Left out: ${parts.join(', ')}; .ci/run runs all of them.`)
if (spawnSync('nats-server', ['--version']).status !== 0)
  console.log(
    'Left out as well: what needs NATS, as there is no nats-server on the PATH (apt-get install nats-server).',
  )
