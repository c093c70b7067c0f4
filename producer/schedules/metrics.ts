import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export interface ScheduleMetrics {
  readonly ticks: Counter<'outcome'>
  readonly late: Histogram
  readonly schedules: Gauge<'state'>
}

export const scheduleMetrics = (registry: Registry): ScheduleMetrics => {
  const registers = [registry]
  return {
    ticks: new Counter({
      name: 'anomgrd_schedule_ticks_total',
      help: 'Ticks of schedules: run, or left out (missed, overlap)',
      labelNames: ['outcome'],
      registers,
    }),
    late: new Histogram({
      name: 'anomgrd_schedule_late_seconds',
      help: 'How long after its time a tick’s job was made; 0: it was there before',
      buckets: [0, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600],
      registers,
    }),
    schedules: new Gauge({
      name: 'anomgrd_schedules',
      help: 'Schedules by state (active, paused)',
      labelNames: ['state'],
      registers,
    }),
  }
}
