/** What waits, as metrics: in the log by partition, and parked. */
import { Gauge, type Registry } from 'prom-client'
import type { LagMonitor } from '../../core/kafka/lag-monitor.ts'
import type { ParkedMonitor } from '../../core/store/parked-monitor.ts'

export const lagMetrics = (registry: Registry, monitor: LagMonitor, parked: ParkedMonitor): void => {
  const registers = [registry]
  new Gauge({
    name: 'anomgrd_lag',
    help: 'Jobs in the log that are not committed',
    labelNames: ['topic', 'partition'],
    registers,
    collect() {
      for (const { topic, partition, lag } of monitor.latest?.partitions ?? [])
        this.set({ topic, partition }, lag)
    },
  })
  new Gauge({
    name: 'anomgrd_parked_jobs',
    help: 'Jobs that wait in PostgreSQL instead of the log, due or not',
    labelNames: ['reason'],
    registers,
    collect() {
      for (const [reason, jobs] of Object.entries(parked.latest?.byReason ?? {})) this.set({ reason }, jobs)
    },
  })
  new Gauge({
    name: 'anomgrd_due_jobs',
    help: 'Parked jobs that may run now, or run: lag that the log does not show',
    registers,
    collect() {
      if (parked.latest) this.set(parked.due)
    },
  })
}
