/** The data sets, and their names by id. */

import type { DataSet, DataSetPage } from '../../kit/api/data-set-types.ts'
import type { ApiError } from '../../kit/api/problem.ts'
import { usePoll } from '../../kit/api/use-poll.ts'

const MOST = 1_000

export const useDataSets = (): {
  /** Newest first; undefined until they have come. */
  readonly all: readonly DataSet[] | undefined
  readonly error: ApiError | undefined
  readonly nameOf: (id: string) => string | undefined
} => {
  const { data, error } = usePoll<DataSetPage>(`/data-sets?limit=${MOST}`, 0)
  const all = data?.dataSets
  return { all, error, nameOf: (id) => all?.find((it) => it.id === id)?.name }
}
