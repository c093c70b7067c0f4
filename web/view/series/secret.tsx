/** Shows the secret of a webhook, the one time that it can be seen. */
import { useState } from 'preact/hooks'
import { Dialog } from '../../kit/parts/dialog.tsx'
import { attempt } from '../../kit/parts/toasts.tsx'

export const Secret = ({
  secret,
  url,
  onDone,
}: {
  readonly secret: string
  readonly url: string
  readonly onDone: () => void
}) => {
  const [copied, setCopied] = useState(false)
  return (
    <Dialog title="Secret of the webhook" onClose={onDone}>
      <p class="notice warn" role="alert">
        Keep it now: it is shown this once, and nobody can read it later.
      </p>
      <p class="small">
        Alarms posted to <span class="series-url">{url}</span> are signed with it (Standard Webhooks), so that
        the receiver knows that they come from here.
      </p>
      <code class="series-secret">{secret}</code>
      <div class="row end">
        <button
          type="button"
          class={copied ? '' : 'primary'}
          onClick={async () => setCopied(await attempt(() => navigator.clipboard.writeText(secret)))}
        >
          {copied ? 'Copied' : 'Copy secret'}
        </button>
        <button type="button" class={copied ? 'primary' : ''} onClick={onDone}>
          I have kept it
        </button>
      </div>
    </Dialog>
  )
}
