/** The rest of the filter: a key, and when they died. */
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { fromLocal, toLocal } from '../../kit/local-time.ts'
import { TextField } from '../../kit/parts/field.tsx'
import { addressOf, type LetterFilter } from './filter.ts'

export const FilterForm = ({ filter }: { readonly filter: LetterFilter }) => {
  const { route } = useLocation()
  const { key = '', from, to } = filter
  const [typed, setTyped] = useState({ key, from: toLocal(from), to: toLocal(to) })
  useEffect(() => setTyped({ key, from: toLocal(from), to: toLocal(to) }), [key, from, to])
  const apply = (): void =>
    route(
      addressOf({
        ...filter,
        key: typed.key,
        from: fromLocal(typed.from) ?? '',
        to: fromLocal(typed.to) ?? '',
      }),
    )
  return (
    <details class="dl-more" open={key !== '' || from !== undefined || to !== undefined}>
      <summary>Key and time</summary>
      <form
        class="dl-form"
        onSubmit={(event) => {
          event.preventDefault()
          apply()
        }}
      >
        <TextField
          label="Key"
          type="search"
          placeholder="The whole key"
          value={typed.key}
          onChange={(it) => setTyped({ ...typed, key: it })}
        />
        <TextField
          label="Died from"
          type="datetime-local"
          step={1}
          value={typed.from}
          onChange={(it) => setTyped({ ...typed, from: it })}
        />
        <TextField
          label="Died before"
          type="datetime-local"
          step={1}
          value={typed.to}
          onChange={(it) => setTyped({ ...typed, to: it })}
        />
        <div class="row">
          <button type="submit">Filter</button>
        </div>
      </form>
    </details>
  )
}
