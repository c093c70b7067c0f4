import type { Request } from 'express'
import type { Config } from '../../core/config.ts'
import type { HandlerRegistry } from '../../core/handlers/registry.ts'
import type { Status } from '../../core/http/status.ts'
import type { Database } from '../../core/store/database.ts'
import type { ParkedMonitor } from '../../core/store/parked-monitor.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Canceller } from '../cancel.ts'
import type { Finder, RecentJobs } from '../find-job.ts'
import type { Activity } from '../fleet/activity.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Waiting } from '../fleet/waiting.ts'
import type { Limits } from '../limits.ts'
import type { Queues } from '../queue.ts'
import type { Schedules } from '../schedules/schedules.ts'
import type { Submit } from '../submit.ts'
import type { Caller } from './auth.ts'

/** What the routes stand on. */
export interface ApiParts {
  readonly config: Config
  readonly log: Logger
  readonly db: Database
  readonly handlers: HandlerRegistry
  readonly submit: Submit
  readonly canceller: Canceller
  readonly recent: RecentJobs
  readonly finder: Finder
  readonly fleet: Fleet
  readonly activity: Activity
  readonly waiting: Waiting
  readonly limits: Limits
  readonly jobs: Queues
  /** Parked jobs of the same topics. */
  readonly parked: ParkedMonitor
  readonly schedules: Schedules
  readonly status: Status
  /** Aborted when the server stops: long answers end then. */
  readonly stopping: AbortSignal
  readonly callerOf: (request: Request) => Caller
}
