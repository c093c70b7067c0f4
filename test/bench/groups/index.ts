/** All groups, in the order in which they run. */
import type { Group } from './group.ts'
import { growth } from './growth.ts'
import { latency } from './latency.ts'
import { order } from './order.ts'
import { processing } from './process.ts'
import { scaling } from './scaling.ts'
import { submit } from './submit.ts'
import { watch } from './watch.ts'

export const groups: readonly Group[] = [submit, processing, latency, order, growth, scaling, watch]
