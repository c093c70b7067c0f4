import { SerialLoop } from '../serial-loop.ts'

/** Of one query. A result may take 8 MB, and all of a group are in memory at once. */
const MAX_GROUP = 16

interface Asker<T> {
  readonly id: string
  resolve(found: T | undefined): void
  reject(error: unknown): void
}

/**
 * Reads one by one, made of a read for many: whoever asks while a query is under way shares the next. Queries grow with the load, so that a
 * store which is asked for 500 rows a second answers some forty questions, not 500.
 */
export const grouped = <T>(
  read: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): ((id: string) => Promise<T | undefined>) => {
  const waiting: Asker<T>[] = []
  const reading = new SerialLoop(async () => {
    // A turn of the loop lets those share the first who are woken by the same event.
    await new Promise(setImmediate)
    const group = waiting.splice(0, MAX_GROUP)
    if (group.length === 0) return
    if (waiting.length > 0) reading.poke()
    try {
      const found = await read(group.map(({ id }) => id))
      for (const { id, resolve } of group) resolve(found.get(id))
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  })
  return (id) =>
    new Promise((resolve, reject) => {
      waiting.push({ id, resolve, reject })
      reading.poke()
    })
}
