/** Dead letters as rows: selected by their boxes, opened by their error. */
import { Fragment } from 'preact'
import { useRef } from 'preact/hooks'
import type { DeadLetter } from '../../kit/api/letter-types.ts'
import { bytes } from '../../kit/format.ts'
import { When } from '../../kit/parts/when.tsx'
import { type Selection, toggle, toggleAll } from '../../kit/selection.ts'
import { addressOf, type LetterFilter } from './filter.ts'
import { LetterDetails } from './letter-details.tsx'

const Row = ({
  letter,
  isOpen,
  href,
  isSelected,
  onSelect,
}: {
  readonly letter: DeadLetter
  readonly isOpen: boolean
  /** Opens it, or closes it. */
  readonly href: string
  readonly isSelected: boolean
  readonly onSelect: (range: boolean) => void
}) => {
  const { id, type, key, error, attempts, size, replayable, diedAt } = letter
  return (
    <tr aria-selected={isSelected} class={isOpen ? 'dl-opened' : undefined}>
      <td class="dl-box">
        <input
          type="checkbox"
          checked={isSelected}
          aria-label={`Select ${type ?? 'record'} ${id}`}
          // A click has the shift key, a change has not.
          onClick={(event) => onSelect(event.shiftKey)}
        />
      </td>
      <td class="tight dl-died">
        <When at={diedAt} />
      </td>
      <td class="tight dl-type">{type ?? <span class="soft">no type</span>}</td>
      <td class="dl-key" title={key}>
        {key ?? <span class="soft dl-none">–</span>}
      </td>
      <td class="dl-message">
        <a href={href} aria-expanded={isOpen} title={error.message}>
          <span class="dl-code">{error.code}</span>
          <span class="dl-line">{error.message}</span>
        </a>
      </td>
      <td class="number dl-attempts">{attempts.length}</td>
      <td class="number tight dl-size">{size === undefined ? '–' : bytes(size)}</td>
      <td class="tight dl-job">
        {replayable ? <a href={`/jobs/${id}`}>Job</a> : <span class="soft">no job</span>}
      </td>
    </tr>
  )
}

export const LetterTable = ({
  letters,
  filter,
  open,
  selection,
  onSelect,
  onGone,
  onClose,
}: {
  readonly letters: readonly DeadLetter[]
  readonly filter: LetterFilter
  /** The id of the open one. */
  readonly open: string | undefined
  readonly selection: Selection
  readonly onSelect: (selection: Selection) => void
  readonly onGone: () => void
  readonly onClose: () => void
}) => {
  const order = letters.map(({ id }) => id)
  const all = order.every((it) => selection.ids.has(it))
  const element = useRef<HTMLDivElement>(null)
  const onKey = (event: KeyboardEvent): void => {
    const isInDialog = event.target instanceof Element && event.target.closest('dialog') !== null
    if (event.key !== 'Escape' || open === undefined || isInDialog) return
    // Where it was opened from.
    element.current?.querySelector<HTMLElement>('.dl-opened .dl-message a')?.focus()
    onClose()
  }
  return (
    <div class="table" ref={element} role="group" aria-label="Dead letters" onKeyDown={onKey}>
      <table class="dl-table">
        <caption class="hidden">Dead letters, those that died last first</caption>
        <thead>
          <tr>
            <th class="dl-box">
              <input
                type="checkbox"
                aria-label="Select all that are shown"
                checked={all}
                ref={(box) => {
                  if (box) box.indeterminate = !all && selection.ids.size > 0
                }}
                onClick={() => onSelect(toggleAll(selection, order))}
              />
            </th>
            <th>Died</th>
            <th>Type</th>
            <th>Key</th>
            <th>Error</th>
            <th class="number dl-attempts">Attempts</th>
            <th class="number dl-size">Size</th>
            <th>Job</th>
          </tr>
        </thead>
        <tbody>
          {letters.map((letter) => (
            <Fragment key={letter.id}>
              <Row
                letter={letter}
                isOpen={letter.id === open}
                href={addressOf(filter, letter.id === open ? undefined : letter.id)}
                isSelected={selection.ids.has(letter.id)}
                onSelect={(range) => onSelect(toggle(selection, order, letter.id, range))}
              />
              {letter.id === open && (
                <tr class="dl-open">
                  <td colSpan={8}>
                    <LetterDetails id={letter.id} onGone={onGone} onClose={onClose} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  )
}
