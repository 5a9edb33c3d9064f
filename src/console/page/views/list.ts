import type { ComponentType } from 'preact'
import { Faults } from './faults/faults.tsx'
import { Logstores } from './logstores.tsx'
import { Requests } from './requests/requests.tsx'
import { Search } from './search/search.tsx'
import { Throughput } from './throughput/throughput.tsx'

/** What every view is given. */
export interface ViewProps {
  /** What the address says behind `?`. */
  readonly parameters: URLSearchParams
}

/** One of the views of the console. */
export interface View {
  /** Its name in the address. */
  readonly name: string
  readonly title: string
  /** What it is for, in the help. */
  readonly purpose: string
  readonly Content: ComponentType<ViewProps>
}

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
