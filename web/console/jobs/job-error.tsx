/** Why an attempt failed, or a job: the code, and all that was said. */
import type { JobError as Failure } from '../../kit/api/types.ts'

/** Longer ones are scrolled. */
const LONG = 600

export const JobError = ({ error: { code, message } }: { readonly error: Failure }) => (
  <div class="job-error">
    <code>{code}</code>
    <pre {...(message.length > LONG ? { tabindex: 0, role: 'group', 'aria-label': 'Error message' } : {})}>
      {message}
    </pre>
  </div>
)
