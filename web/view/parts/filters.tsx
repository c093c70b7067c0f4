/** The line of filters above a table. */
import './parts.css'
import { useId } from 'preact/hooks'

export const TextFilter = ({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}) => (
  <input
    class="filter-text"
    type="search"
    aria-label={label}
    placeholder={label}
    value={value}
    onInput={(event) => onChange(event.currentTarget.value)}
  />
)

export const Choice = ({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: string
  /** Value and text. */
  readonly options: readonly (readonly [string, string])[]
  readonly onChange: (value: string) => void
}) => {
  const id = useId()
  return (
    <span class="filter-choice">
      <label for={id} class="small soft">
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </span>
  )
}
