import { Redis } from 'ioredis'
import type { Fsync } from '../lib/redis.ts'
import { versionOf } from '../lib/versions.ts'
import type { Contestant } from './contestant.ts'
import { libraryInstallation, placeOf } from './libraries.ts'

/** `always` is as durable as the others, an answer means that it is on disk; `everysec` may lose the last second, and is what its documentation recommends. */
export const bullmq = (fsync: Fsync): Contestant => ({
  name: `bullmq-${fsync}`,
  about: `BullMQ ${versionOf('bullmq')} on ioredis ${versionOf('ioredis')}, Redis with appendonly yes, appendfsync ${fsync}, noeviction`,
  async open(bench, setUp) {
    const redis = await bench.redis(fsync)
    const place = placeOf(bench, setUp, redis.port)
    const asking = new Redis(redis.port, '127.0.0.1')
    return libraryInstallation({
      library: 'bullmq',
      place,
      setUp,
      done: () => asking.zcard(`bull:${place.name}:completed`),
      clear: () => redis.clear(),
      async remove() {
        asking.disconnect()
        await redis.clear()
      },
    })
  },
})
