/** What stands where there is nothing to show: not yet, nothing there, or a fault. */
import type { ComponentChildren } from 'preact'
import type { ApiError } from '../api/problem.ts'

/** A fault of the whole, or of what is old by now. */
export const FaultNotice = ({
  error,
  stale = false,
  onRetry,
}: {
  readonly error: ApiError | undefined
  /** Something is shown all the same: what was there before. */
  readonly stale?: boolean
  readonly onRetry?: () => void
}) =>
  error ? (
    <div class={`notice ${stale ? 'warn' : 'bad'}`} role="alert">
      <span>
        {error.message}
        {stale && ' What you see is from before.'}
      </span>
      {onRetry && (
        <button type="button" class="quiet" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  ) : null

export const Empty = ({
  title,
  children,
}: {
  readonly title: string
  readonly children?: ComponentChildren
}) => (
  <div class="empty">
    <strong>{title}</strong>
    {children}
  </div>
)

const widths = ['72%', '54%', '63%', '48%', '68%'] as const

/** The room that lines will take. */
export const Loading = ({
  lines = 3,
  what = 'Loading',
}: {
  readonly lines?: number
  readonly what?: string
}) => (
  <div class="empty" role="status">
    <span class="hidden">{what}</span>
    {Array.from({ length: lines }, (_, index) => (
      <span
        key={widths[index]}
        class="skeleton"
        style={{ width: widths[index % widths.length] ?? '60%' }}
        aria-hidden="true"
      />
    ))}
  </div>
)
