import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export interface RetentionMetrics {
  readonly deleted: Counter<'table'>
  readonly trimmed: Counter<'topic'>
  readonly stepSeconds: Histogram<'table'>
  readonly lastRun: Gauge
  readonly failing: Gauge<'of'>
}

export const retentionMetrics = (registry: Registry): RetentionMetrics => {
  const registers = [registry]
  return {
    deleted: new Counter({
      name: 'anomgrd_retention_deleted_total',
      help: 'Rows deleted because their time was over',
      labelNames: ['table'],
      registers,
    }),
    trimmed: new Counter({
      name: 'anomgrd_retention_trimmed_total',
      help: 'Records of finished jobs deleted from the log',
      labelNames: ['topic'],
      registers,
    }),
    stepSeconds: new Histogram({
      name: 'anomgrd_retention_step_seconds',
      help: 'Time of one statement that deletes at most 1,000 rows',
      labelNames: ['table'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    lastRun: new Gauge({
      name: 'anomgrd_retention_last_run_timestamp_seconds',
      help: 'When this master last went over all of it; 0: another does it, or none was whole',
      registers,
    }),
    failing: new Gauge({
      name: 'anomgrd_retention_failing',
      help: '1 where the last run failed, by table or topic',
      labelNames: ['of'],
      registers,
    }),
  }
}
