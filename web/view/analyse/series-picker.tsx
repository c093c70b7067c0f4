/** Chooses a series of a data set by its name: the one before, the next, or by searching. */
import { useEffect, useId, useState } from 'preact/hooks'
import { api, isApiError, isUnanswered } from '../../kit/api/client.ts'
import type { DataSetSeriesPage } from '../../kit/api/data-set-types.ts'
import { count } from '../../kit/format.ts'
import { onReturn } from '../connection.ts'
import { bestName } from './name-search.ts'

/** Names of one answer, the most that the API gives. */
const PAGE = 1_000

/** The names of a data set's series, more and more of them as they come. */
export const useSeriesNames = (set: string | undefined): readonly string[] => {
  const [known, setKnown] = useState<{ set?: string; names: readonly string[] }>({ names: [] })
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    if (set === undefined) return
    const gone = new AbortController()
    const read = async (): Promise<void> => {
      const names: string[] = []
      let after: string | undefined
      do {
        const page: DataSetSeriesPage = await api(`/data-sets/${encodeURIComponent(set)}/series`, {
          query: { limit: PAGE, after },
          signal: gone.signal,
        })
        names.push(...page.series.map(({ name }) => name))
        setKnown({ set, names: [...names] })
        after = page.next
      } while (after !== undefined)
    }
    let forget: (() => void) | undefined
    // What is wrong is told by who asks for the data set itself.
    read().catch((error: unknown) => {
      if (!gone.signal.aborted && isApiError(error) && isUnanswered(error))
        forget = onReturn(() => setTurn((it) => it + 1))
    })
    return () => {
      gone.abort()
      forget?.()
    }
  }, [set, turn])
  return known.set === set ? known.names : []
}

export const SeriesPicker = ({
  names,
  name,
  onChoose,
}: {
  readonly names: readonly string[]
  readonly name: string | undefined
  readonly onChoose: (name: string) => void
}) => {
  const id = useId()
  const [text, setText] = useState('')
  const place = name === undefined ? -1 : names.indexOf(name)
  const step = (by: number): void => {
    const next = names[place + by]
    if (next !== undefined) onChoose(next)
  }
  return (
    <div class="analyse-picker">
      <button
        type="button"
        class="quiet"
        aria-label="Previous series"
        disabled={place <= 0}
        onClick={() => step(-1)}
      >
        ←
      </button>
      <label class="hidden" for={id}>
        Series
      </label>
      <input
        id={id}
        type="search"
        list={`${id}-names`}
        placeholder={`Find one of ${count(names.length)} series`}
        value={text}
        autocomplete="off"
        onInput={(event) => {
          const { value } = event.currentTarget
          // One of the list was taken. A name that is typed may go on: cpu, cpu-10.
          const whole = !(event instanceof InputEvent) || event.inputType === 'insertReplacementText'
          const taken = whole && names.includes(value)
          setText(taken ? '' : value)
          if (taken) onChoose(value)
        }}
        onKeyDown={({ key }) => {
          const found = key === 'Enter' ? bestName(names, text) : undefined
          if (found === undefined) return
          setText('')
          onChoose(found)
        }}
      />
      <datalist id={`${id}-names`}>
        {names.map((it) => (
          <option key={it} value={it} />
        ))}
      </datalist>
      <button
        type="button"
        class="quiet"
        aria-label="Next series"
        disabled={place < 0 || place >= names.length - 1}
        onClick={() => step(1)}
      >
        →
      </button>
      <span class="small soft num">{place < 0 ? '' : `${count(place + 1)} of ${count(names.length)}`}</span>
    </div>
  )
}
