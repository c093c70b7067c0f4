/** Finds the data sets of ended scans that this browser has not met: each is asked for once, one after the other. */
import { useEffect } from 'preact/hooks'
import { api } from '../../kit/api/client.ts'
import type { ScanResult } from '../../kit/api/scan-types.ts'
import type { Job } from '../../kit/api/types.ts'
import { knownScans, rememberScan } from './known-scans.ts'

export const useScannedSets = (jobs: readonly Job[]): void => {
  const unknown = jobs
    .filter(({ id, status }) => status === 'succeeded' && knownScans.value[id] === undefined)
    .map(({ id }) => id)
    .join(' ')
  useEffect(() => {
    const gone = new AbortController()
    const ask = async (): Promise<void> => {
      for (const id of unknown.split(' ').filter(Boolean)) {
        const { result } = await api<{ result?: ScanResult }>(`/jobs/${id}`, { signal: gone.signal })
        if (result) rememberScan(id, result.dataSet)
      }
    }
    // It is an ornament: a list without it says so by a dash.
    ask().catch(() => {})
    return () => gone.abort()
  }, [unknown])
}
