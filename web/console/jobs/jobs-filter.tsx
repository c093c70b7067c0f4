/** What the list is narrowed by. All of it is in the address. */

import { useEffect, useRef, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { SelectField, TextField } from '../../kit/parts/field.tsx'
import { statusText } from '../../kit/parts/status.tsx'
import { useTypes } from '../use-types.ts'
import { addressOf, isFiltered, type JobFilter, listedStatuses } from './filter.ts'

const TYPED_MS = 300

const KeyField = ({ filter }: { readonly filter: JobFilter }) => {
  const { route } = useLocation()
  const [text, setText] = useState(filter.key ?? '')
  const timer = useRef<number | undefined>(undefined)
  // What else is chosen while a key is being typed holds.
  const newest = useRef(filter)
  newest.current = filter
  useEffect(() => () => clearTimeout(timer.current), [])
  // The address has changed otherwise: by a link, or back.
  useEffect(() => setText(filter.key ?? ''), [filter.key])
  return (
    <TextField
      label="Key"
      type="search"
      placeholder="The whole key"
      value={text}
      onChange={(key) => {
        setText(key)
        clearTimeout(timer.current)
        timer.current = window.setTimeout(
          () => route(addressOf({ ...newest.current, after: undefined, key }), true),
          TYPED_MS,
        )
      }}
    />
  )
}

export const JobsFilter = ({ filter }: { readonly filter: JobFilter }) => {
  const { route } = useLocation()
  const { types } = useTypes()
  const names = [...new Set([...types.map(({ type }) => type), ...(filter.type ? [filter.type] : [])])].sort()
  const addressWith = (change: Partial<JobFilter>): string =>
    addressOf({ ...filter, after: undefined, ...change })
  return (
    <div class="jobs-filter">
      <nav class="segments" aria-label="Status">
        {[undefined, ...listedStatuses].map((status) => (
          <a
            key={status ?? 'all'}
            href={addressWith({ status })}
            {...(status === filter.status ? { 'aria-current': 'true' as const } : {})}
          >
            {status === undefined ? 'All' : statusText(status)}
          </a>
        ))}
      </nav>
      <div class="jobs-fields">
        <SelectField
          label="Type"
          value={filter.type ?? ''}
          options={[['', 'Any'], ...names.map((it) => [it, it] as const)]}
          onChange={(type) => route(addressWith({ type }))}
        />
        <KeyField filter={filter} />
        {isFiltered(filter) && (
          <a class="small" href="/jobs">
            Clear
          </a>
        )}
      </div>
    </div>
  )
}
