/** Makes the faults of a schedule happen, each at its time, and waits until all are over. */
import { setTimeout as delay } from 'node:timers/promises'
import { toError } from '../../core/errors.ts'
import type { FaultKind } from './deck.ts'
import type { Fleet } from './fleet.ts'
import type { Outages } from './outages.ts'
import { describeFault, type Fault } from './schedule.ts'
import type { Servers } from './servers.ts'

export interface FaultParts {
  readonly fleet: Fleet
  readonly servers: Servers
  readonly outages: Outages
  readonly log: (line: string) => void
}

/** Resolves when the fault is over. False: there was nobody to do it to. */
const inflict = async ({ fleet, servers, outages }: FaultParts, fault: Fault): Promise<boolean> => {
  const { kind, forMs, target, everyone, workers } = fault
  const life = fleet.target(target)
  const links = fleet.links(target, everyone)
  switch (kind) {
    case 'kill':
      if (life) fleet.kill(life)
      return life !== undefined
    case 'term':
      if (life) fleet.term(life)
      return life !== undefined
    case 'freeze-short':
    case 'freeze-long':
      if (life) await fleet.freeze(life, forMs)
      return life !== undefined
    case 'scale':
      fleet.scaleTo(workers)
      return true
    case 'broker-term':
    case 'broker-kill':
      await servers.restartBroker(kind === 'broker-kill' ? 'kill' : 'stop', forMs)
      return true
    case 'database-fast':
    case 'database-kill':
      await outages.during(undefined, () =>
        servers.restartDatabase(kind === 'database-kill' ? 'kill' : 'stop', forMs),
      )
      return true
    case 'cut-kafka':
      for (const { kafka } of links) kafka.cut()
      return true
    case 'cut-database':
      for (const { database } of links) database.cut()
      return true
    case 'half-open-kafka':
    case 'half-open-database': {
      const ways = links.map((link) => (kind === 'half-open-kafka' ? link.kafka : link.database))
      const strand = async (): Promise<void> => {
        for (const way of ways) way.strand()
        await delay(forMs)
        for (const way of ways) way.cut()
      }
      if (kind === 'half-open-kafka') await strand()
      else await outages.during(links, strand)
      return true
    }
  }
}

export interface Inflicted {
  readonly kind: FaultKind
  /** False where there was nobody to do it to. */
  readonly done: boolean
}

/**
 * Runs a schedule from now on; resolves when every fault is over. Rejects, once all are over, where one could not be made or
 * not be healed: a server that did not come back.
 */
export const runSchedule = async (schedule: readonly Fault[], parts: FaultParts): Promise<Inflicted[]> => {
  const since = performance.now()
  const inflicting = schedule.map(async (fault): Promise<Inflicted> => {
    await delay(Math.max(0, fault.at - (performance.now() - since)))
    parts.log(describeFault(fault))
    const done = await inflict(parts, fault)
    if (fault.forMs > 0) parts.log(`${fault.kind} is over`)
    return { kind: fault.kind, done }
  })
  const ended = await Promise.allSettled(inflicting)
  for (const it of ended) if (it.status === 'rejected') throw toError(it.reason)
  return ended.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
}
