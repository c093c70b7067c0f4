/**
 * A worker process: `node consumer/main.ts`. With `NODE_TYPE=master` it is the master's own node and takes control jobs.
 */
import { beLean } from '../core/lean.ts'

beLean()
await import('./worker.ts')
