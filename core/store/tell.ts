import type { Notice } from '../notice.ts'
import { channelOf } from './notices.ts'
import type { Queryable } from './transaction.ts'

/** Ids in one notice: its text may have 8,000 bytes. */
const MAX_IDS = 150

/** Tells workers, when the transaction is committed. */
export const tell = async (client: Queryable, schema: string, notice: Notice): Promise<void> => {
  const parts: Notice[] = []
  if (notice.kind === 'cancelled') {
    for (let from = 0; from < notice.ids.length; from += MAX_IDS)
      parts.push({ ...notice, ids: notice.ids.slice(from, from + MAX_IDS) })
  } else parts.push(notice)
  await client.query('select pg_notify($1, text) from unnest($2::text[]) as text', [
    channelOf(schema),
    parts.map((it) => JSON.stringify(it)),
  ])
}
