/** Where the jobs of ticks go: the topic and partition that they would be published to. */
import type { HandlerRegistry } from '../../core/handlers/registry.ts'
import type { Priority } from '../../core/job.ts'
import { makeJobId } from '../../core/job-id.ts'
import type { ScheduleJob } from '../../core/schedule.ts'
import { partitionOfKey } from '../publish/partitions.ts'

/** As much of a queue as is needed here. */
export interface PlaceQueue {
  readonly topic: string
  readonly epoch: number
  readonly publisher: { readonly partitions: number }
}

export interface PlaceParts {
  readonly handlers: HandlerRegistry
  readonly jobs: (priority: Priority) => PlaceQueue
  readonly control: PlaceQueue
}

export interface Placed {
  readonly id: string
  readonly topic: string
  readonly partition: number
}

/** Gives a job that is submitted at `at` (milliseconds since the epoch) its place and its id. */
export type Place = (job: Pick<ScheduleJob, 'type' | 'key' | 'priority'>, at: number) => Placed

/**
 * Keyed jobs go to their key's partition, keyless ones to all in turn: what waits in the log now says nothing about the time
 * when they are due.
 */
export const createPlace = ({ handlers, jobs, control }: PlaceParts): Place => {
  let turn = Math.floor(Math.random() * 4096)
  return ({ type, key, priority = 'normal' }, at) => {
    const { topic, epoch, publisher } = handlers.get(type)?.handler.control ? control : jobs(priority)
    const { partitions } = publisher
    const partition = key === undefined ? turn++ % partitions : partitionOfKey(key, partitions)
    return { id: makeJobId({ submittedAt: at, partition, epoch }), topic, partition }
  }
}
