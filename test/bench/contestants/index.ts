/** All contestants, in the order of the tables. */
import { findRedis } from '../lib/redis.ts'
import { bullmq } from './bullmq.ts'
import type { Contestant } from './contestant.ts'
import { bare, rawKafkajs, serialKafkajs } from './floors.ts'
import { ours } from './ours.ts'
import { graphileWorker, pgBoss } from './postgres.ts'

export const contestants: readonly Contestant[] = [
  ours,
  bare,
  rawKafkajs,
  bullmq('everysec'),
  bullmq('always'),
  graphileWorker,
  pgBoss,
  serialKafkajs,
]

/** Those that can run here. `say` hears of those that can't. */
export const available = (say: (line: string) => void): readonly Contestant[] => {
  if (findRedis() !== undefined) return contestants
  say('BullMQ is left out: there is no redis-server on PATH (or name it: REDIS_SERVER)')
  return contestants.filter(({ name }) => !name.startsWith('bullmq'))
}
