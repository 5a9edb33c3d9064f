import { MemoryCoordinator } from '../../../src/fleet/index.ts'
import { coordinatorContract } from './coordinator-contract.ts'

coordinatorContract('MemoryCoordinator', async () => {
  const first = new MemoryCoordinator()
  return { open: async () => new MemoryCoordinator(first) }
})
