import type { View } from '../view.ts'
import { Faults } from './faults/faults.tsx'
import { Fleet } from './fleet/fleet.tsx'
import { Inputs } from './inputs/inputs.tsx'
import { Logstores } from './logstores.tsx'
import { Producer } from './producer/producer.tsx'
import { Requests } from './requests/requests.tsx'
import { Search } from './search/search.tsx'
import { Spool } from './spool.tsx'
import { Tap } from './tap/tap.tsx'
import { ProducerThroughput } from './throughput/producer-throughput.tsx'
import { Throughput } from './throughput/throughput.tsx'

export const EMULATOR_VIEWS: readonly View[] = [
  {
    name: 'throughput',
    title: 'Throughput',
    purpose: 'Logs, bytes, requests and refusals by second, for the last 15 minutes.',
    Content: Throughput,
  },
  { name: 'logstores', title: 'Logstores', purpose: 'What is stored, by logstore.', Content: Logstores },
  {
    name: 'search',
    title: 'Search',
    purpose: 'Stored logs by query and time, and new ones as they come.',
    Content: Search,
  },
  {
    name: 'requests',
    title: 'Requests',
    purpose: 'The newest 500 requests, and exactly why one was refused.',
    Content: Requests,
  },
  {
    name: 'faults',
    title: 'Faults',
    purpose: 'Make the emulator misbehave: outages, quotas, delays.',
    Content: Faults,
  },
]

/** The views of a producer that is served by `serveProducer`. An agent has them as well. */
export const PRODUCER_VIEWS: readonly View[] = [
  {
    name: 'throughput',
    title: 'Throughput',
    purpose: 'Logs, bytes, requests and memory by second, for the last 15 minutes.',
    Content: ProducerThroughput,
  },
  {
    name: 'producer',
    title: 'Producer',
    purpose: 'Memory, batches, lanes, retries by reason, latencies, groups, logstores in trouble.',
    Content: Producer,
  },
  { name: 'spool', title: 'Spool', purpose: 'What waits on disk, and how long.', Content: Spool },
]

export const AGENT_VIEWS: readonly View[] = [
  {
    name: 'inputs',
    title: 'Inputs',
    purpose: 'State, rate, errors and checkpoints of the inputs; add, change and remove them.',
    Content: Inputs,
  },
  ...PRODUCER_VIEWS,
  { name: 'tap', title: 'Tap', purpose: 'The logs of one input as they pass.', Content: Tap },
  { name: 'fleet', title: 'Fleet', purpose: 'The agents that share inputs, and who runs what.', Content: Fleet },
]
