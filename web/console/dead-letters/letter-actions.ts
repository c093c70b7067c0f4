/** What is done to dead letters, and what is said afterwards. */
import { api } from '../../kit/api/client.ts'
import type { Replayed } from '../../kit/api/letter-types.ts'
import { plural } from '../../kit/format.ts'
import { tell } from '../../kit/parts/toasts.tsx'
import { type Choice, inGroups, type ReplaySum, replayAll, sumWords } from './replay.ts'

export const postReplay = (body: Choice): Promise<Replayed> =>
  api<Replayed>('/dead-letters/replay', { method: 'POST', body })

/** Where replayed jobs are seen. */
export const watchLink = { href: '/jobs?status=queued', text: 'Watch them' } as const

export const replayChosen = async (ids: readonly string[]): Promise<void> => {
  let sum: ReplaySum = { replayed: 0, skipped: 0, stopped: false }
  for (const group of inGroups(ids)) {
    const { replayed, skipped } = await replayAll({ ids: group }, postReplay)
    sum = { replayed: sum.replayed + replayed, skipped: sum.skipped + skipped, stopped: false }
  }
  tell(sumWords(sum), sum.replayed > 0 ? watchLink : undefined)
}

const dropped = (count: number): void =>
  tell(count === 0 ? 'None was left to drop.' : `${plural(count, 'dead letter')} dropped.`)

/** Drops what fits; says how many that were. */
export const drop = async (choice: Choice): Promise<void> => {
  const answer = await api<{ readonly dropped: number }>('/dead-letters/drop', {
    method: 'POST',
    body: choice,
  })
  dropped(answer.dropped)
}

export const dropChosen = async (ids: readonly string[]): Promise<void> => {
  let sum = 0
  for (const group of inGroups(ids)) {
    const body = { ids: group }
    sum += (await api<{ readonly dropped: number }>('/dead-letters/drop', { method: 'POST', body })).dropped
  }
  dropped(sum)
}
