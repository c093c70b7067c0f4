/** A labelled field of a form, with its hint and its fault. */
import type { JSX } from 'preact'
import { useId } from 'preact/hooks'

interface Common {
  readonly label: string
  readonly hint?: string | undefined
  readonly fault?: string | undefined
}

const Frame = ({
  id,
  label,
  hint,
  fault,
  children,
}: Common & { readonly id: string; readonly children: JSX.Element }) => (
  <div class="field">
    <label for={id}>{label}</label>
    {children}
    {fault ? (
      <span class="fault" id={`${id}-about`}>
        {fault}
      </span>
    ) : (
      hint && (
        <span class="hint" id={`${id}-about`}>
          {hint}
        </span>
      )
    )}
  </div>
)

const about = (
  id: string,
  { hint, fault }: Common,
): { 'aria-describedby'?: string; 'aria-invalid'?: boolean } => ({
  ...(hint || fault ? { 'aria-describedby': `${id}-about` } : {}),
  ...(fault ? { 'aria-invalid': true } : {}),
})

interface TextProps extends Common {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly type?: 'text' | 'search' | 'number' | 'datetime-local' | 'url'
  readonly placeholder?: string
  readonly required?: boolean
  /** Suggestions: the id of a datalist. */
  readonly list?: string
  /** Of a number. */
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly step?: number | 'any' | undefined
}

export const TextField = ({ label, hint, fault, value, onChange, type = 'text', ...rest }: TextProps) => {
  const id = useId()
  const common = { label, hint, fault }
  return (
    <Frame id={id} {...common}>
      <input
        {...rest}
        type={type}
        id={id}
        value={value}
        autocomplete="off"
        {...about(id, common)}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </Frame>
  )
}

export const TextArea = ({
  label,
  hint,
  fault,
  value,
  onChange,
  rows = 6,
}: Common & {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly rows?: number
}) => {
  const id = useId()
  const common = { label, hint, fault }
  return (
    <Frame id={id} {...common}>
      <textarea
        id={id}
        rows={rows}
        spellcheck={false}
        value={value}
        {...about(id, common)}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </Frame>
  )
}

export const SelectField = ({
  label,
  hint,
  fault,
  value,
  options,
  onChange,
}: Common & {
  readonly value: string
  /** Value and text. */
  readonly options: readonly (readonly [string, string])[]
  readonly onChange: (value: string) => void
}) => {
  const id = useId()
  const common = { label, hint, fault }
  return (
    <Frame id={id} {...common}>
      <select
        id={id}
        value={value}
        {...about(id, common)}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </Frame>
  )
}
