/**
 * What the pages read of the API's answers is what the API's own schemas say: this file is compiled, not run. Where a schema loses or changes
 * a member that a page reads, the check of types names it here.
 */
import type { z } from 'zod'
import type { RowReport } from '../../consumer/detection/by-row.ts'
import type { ScanResult } from '../../consumer/handlers/scan/gather.ts'
import type { job } from '../../core/job.ts'
import type { scheduleDetails } from '../../core/schedule.ts'
import type { seriesDetails, seriesView } from '../../core/series/settings.ts'
import type { judgedPoint, WatchResult } from '../../core/series/watch.ts'
import type * as dataSets from '../../producer/api/data-set-view.ts'
import type * as letters from '../../producer/api/dead-letter-routes.ts'
import type * as fleet from '../../producer/api/fleet-routes.ts'
import type { history } from '../../producer/api/history-route.ts'
import type { page as jobPage } from '../../producer/api/job-routes.ts'
import type { letterWithValueSchema } from '../../producer/api/letter-view.ts'
import type { limit } from '../../producer/api/limit-routes.ts'
import type { answer as replayed } from '../../producer/api/replay-routes.ts'
import type { page as schedulePage } from '../../producer/api/schedule-routes.ts'
import type { alarmPage } from '../../producer/api/series-routes.ts'
import type { busyWorker } from '../../producer/api/worker-route.ts'
import type * as readSets from '../../web/kit/api/data-set-types.ts'
import type * as readLetters from '../../web/kit/api/letter-types.ts'
import type * as readScans from '../../web/kit/api/scan-types.ts'
import type * as readSchedules from '../../web/kit/api/schedule-types.ts'
import type * as readSeries from '../../web/kit/api/series-types.ts'
import type * as read from '../../web/kit/api/types.ts'
import type { Report } from '../../web/view/analyse/report.ts'

/** Compiles where all that is read is answered so. */
type Reads<Read, Answered extends Read> = Answered

export type Held = [
  Reads<read.Job, z.output<typeof job>>,
  Reads<read.JobPage, z.output<typeof jobPage>>,
  Reads<read.Scaling, z.output<typeof fleet.scaling>>,
  Reads<read.JobType, z.output<typeof fleet.jobType>>,
  Reads<read.ScalingHistory, z.output<typeof history>>,
  Reads<read.BusyWorker, z.output<typeof busyWorker>>,
  Reads<read.Limit, z.output<typeof limit>>,
  Reads<readLetters.DeadLetterPage, z.output<typeof letters.page>>,
  Reads<readLetters.DeadLetterCount, z.output<typeof letters.count>>,
  Reads<readLetters.DeadLetterWithValue, z.output<typeof letterWithValueSchema>>,
  Reads<readLetters.Replayed, z.output<typeof replayed>>,
  Reads<readSchedules.SchedulePage, z.output<typeof schedulePage>>,
  Reads<readSchedules.ScheduleDetails, z.output<typeof scheduleDetails>>,
  Reads<readSets.DataSetPage, z.output<typeof dataSets.page>>,
  Reads<readSets.DataSetSeriesPage, z.output<typeof dataSets.seriesPage>>,
  Reads<readSets.DataSetPoints, z.output<typeof dataSets.points>>,
  Reads<Report, RowReport>,
  Reads<readScans.ScanResult, ScanResult>,
  Reads<readSeries.Series, z.output<typeof seriesView>>,
  Reads<readSeries.SeriesDetails, z.output<typeof seriesDetails>>,
  Reads<readSeries.JudgedPoint, z.output<typeof judgedPoint>>,
  Reads<readSeries.AlarmPage, z.output<typeof alarmPage>>,
  Reads<readSeries.WatchResult, WatchResult>,
]
