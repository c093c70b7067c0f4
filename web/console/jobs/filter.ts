/** Which jobs are listed, as the address says. Pure. */
import { pathOf } from '../../kit/api/path.ts'
import type { JobStatus } from '../../kit/api/types.ts'

export interface JobFilter {
  readonly status?: JobStatus | undefined
  readonly type?: string | undefined
  readonly key?: string | undefined
  /** The page that begins after this job, which was the last of the page before; undefined: the newest. */
  readonly after?: string | undefined
}

export const listedStatuses = [
  'queued',
  'running',
  'failed',
  'succeeded',
  'dead',
  'cancelled',
] as const satisfies readonly JobStatus[]
export const aliveStatuses = ['queued', 'running', 'failed'] as const satisfies readonly JobStatus[]

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

export const filterOf = (query: Readonly<Record<string, string>>): JobFilter => ({
  status: listedStatuses.find((it) => it === query['status']),
  type: given(query['type']),
  key: given(query['key']),
  after: given(query['after']),
})

/** The console's page of a filter. */
export const addressOf = (filter: JobFilter): string => pathOf('/jobs', { ...filter })

export const isFiltered = ({ status, type, key }: JobFilter): boolean =>
  status !== undefined || type !== undefined || key !== undefined

/** `of the type sleep, with the key a/1`; '' without either. */
export const filterWords = ({ type, key }: JobFilter): string =>
  [
    ...(type === undefined ? [] : [`of the type ${type}`]),
    ...(key === undefined ? [] : [`with the key ${key}`]),
  ].join(', ')
