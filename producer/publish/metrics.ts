import { Counter, Histogram, type Registry } from 'prom-client'

export interface PublisherMetrics {
  readonly published: Counter<'topic'>
  readonly seconds: Histogram<'topic'>
  readonly records: Histogram<'topic'>
}

export const publisherMetrics = (registry: Registry): PublisherMetrics => ({
  published: new Counter({
    name: 'anomgrd_jobs_published_total',
    help: 'Jobs acknowledged by Kafka',
    labelNames: ['topic'],
    registers: [registry],
  }),
  seconds: new Histogram({
    name: 'anomgrd_publish_seconds',
    help: 'Time of a produce request until all in-sync replicas have it',
    labelNames: ['topic'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  }),
  records: new Histogram({
    name: 'anomgrd_publish_records',
    help: 'Jobs in one produce request',
    labelNames: ['topic'],
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000],
    registers: [registry],
  }),
})
