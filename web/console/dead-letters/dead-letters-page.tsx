/** Dead letters: what died and why, replayed or dropped, one or many. */
import './dead-letters.css'
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { DeadLetter } from '../../kit/api/letter-types.ts'
import { pathOf } from '../../kit/api/path.ts'
import { usePages } from '../../kit/api/use-pages.ts'
import { count, plural } from '../../kit/format.ts'
import { Action } from '../../kit/parts/action.tsx'
import { BusyButton } from '../../kit/parts/busy-button.tsx'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { keepOf, nothing } from '../../kit/selection.ts'
import { DropAll, DropSome, ReplayAll } from './bulk.tsx'
import { Facets, useCounts } from './facets.tsx'
import { addressOf, filterOf, isEmpty } from './filter.ts'
import { FilterForm } from './filter-form.tsx'
import { dropChosen, replayChosen } from './letter-actions.ts'
import { LetterDetails } from './letter-details.tsx'
import { LetterTable } from './letter-table.tsx'

const PAGE = 100
const EVERY_MS = 5_000

export const DeadLettersPage = () => {
  const { query, route } = useLocation()
  const filter = filterOf(query)
  const { id: open } = query
  const [selection, select] = useState(nothing)
  const [asks, setAsks] = useState<'replay' | 'drop' | 'drop some' | undefined>(undefined)
  const counts = useCounts(filter)
  // While something is selected or read, nothing moves.
  const stands = selection.ids.size > 0 || open !== undefined || asks !== undefined
  const path = pathOf('/dead-letters', { ...filter, limit: PAGE })
  const { items, hasMore, busy, error, refresh, showMore } = usePages<DeadLetter>(path, {
    list: 'deadLetters',
    everyMs: stands ? 0 : EVERY_MS,
  })
  useEffect(() => select(nothing), [path])
  useEffect(() => {
    if (items)
      select((it) =>
        keepOf(
          it,
          items.map(({ id }) => id),
        ),
      )
  }, [items])

  const { total } = counts
  const renew = (): void => {
    select(nothing)
    refresh()
    counts.refresh()
  }
  const close = (): void => route(addressOf(filter))
  const gone = (): void => {
    close()
    renew()
  }
  const ids = [...selection.ids]
  const selected = ids.length
  const all = `all${total ? ` ${count(total)}` : ''}${isEmpty(filter) ? '' : ' that fit'}`
  const isElsewhere = open !== undefined && items && !items.some(({ id }) => id === open)

  return (
    <>
      <div class="head">
        <h1>Dead letters</h1>
        <p class="small soft">Jobs whose attempts all failed, and records that are no jobs.</p>
      </div>
      <section class="panel" aria-label="Filter">
        <div class="body dl-filter">
          <Facets filter={filter} types={counts.types} codes={counts.codes} />
          <div class="row apart">
            <FilterForm filter={filter} />
            {!isEmpty(filter) && (
              <a class="small" href="/dead-letters">
                Clear the filter
              </a>
            )}
          </div>
        </div>
      </section>
      <FaultNotice error={error} stale={items !== undefined} onRetry={refresh} />
      {isElsewhere && (
        <section class="panel" aria-label="A dead letter">
          <LetterDetails id={open} onGone={gone} onClose={close} />
        </section>
      )}
      <section class="panel" aria-label="List">
        <header>
          {selected > 0 ? (
            <h2 class="num" aria-live="polite">
              {count(selected)} selected
            </h2>
          ) : (
            <h2 class="num">{total === undefined ? 'Dead letters' : plural(total, 'dead letter')}</h2>
          )}
          <div class="row">
            {selected > 0 ? (
              <>
                <button type="button" class="quiet" onClick={() => select(nothing)}>
                  Select none
                </button>
                <button type="button" class="danger" onClick={() => setAsks('drop some')}>
                  Drop {count(selected)}
                </button>
                <Action
                  look="primary"
                  onRun={async () => {
                    await replayChosen(ids)
                    renew()
                  }}
                >
                  Replay {count(selected)}
                </Action>
              </>
            ) : (
              <>
                <BusyButton look="quiet" busy={busy} onPress={renew}>
                  Refresh
                </BusyButton>
                <button type="button" disabled={!total} class="danger" onClick={() => setAsks('drop')}>
                  Drop {all}…
                </button>
                <button type="button" disabled={!total} onClick={() => setAsks('replay')}>
                  Replay {all}…
                </button>
              </>
            )}
          </div>
        </header>
        {!items && !error && <Loading lines={5} what="Loading dead letters" />}
        {items?.length === 0 &&
          (isEmpty(filter) ? (
            <Empty title="Nothing has died">
              A job comes here after its last attempt has failed, with its error and all it held. From here it
              can be replayed.
            </Empty>
          ) : (
            <Empty title="None fits the filter">
              <a href="/dead-letters">Look at all of them</a>
            </Empty>
          ))}
        {items && items.length > 0 && (
          <>
            <LetterTable
              letters={items}
              filter={filter}
              open={open}
              selection={selection}
              onSelect={select}
              onGone={gone}
              onClose={close}
            />
            <footer class="dl-foot">
              <span class="small soft num">
                {count(items.length)} shown
                {total !== undefined && total > items.length ? ` of ${count(total)}` : ''}
              </span>
              {hasMore && (
                <BusyButton busy={busy} onPress={showMore}>
                  Show more
                </BusyButton>
              )}
            </footer>
          </>
        )}
      </section>
      {asks === 'replay' && <ReplayAll filter={filter} onDone={renew} onClose={() => setAsks(undefined)} />}
      {asks === 'drop' && <DropAll filter={filter} onDone={renew} onClose={() => setAsks(undefined)} />}
      {asks === 'drop some' && (
        <DropSome
          count={selected}
          onDrop={async () => {
            await dropChosen(ids)
            renew()
          }}
          onClose={() => setAsks(undefined)}
        />
      )}
    </>
  )
}
