/** Shows the secret of a webhook, the one time that it can be seen. */
import { copyText } from '../../kit/parts/copy.tsx'
import { Dialog } from '../../kit/parts/dialog.tsx'

export const Secret = ({
  secret,
  url,
  onDone,
}: {
  readonly secret: string
  readonly url: string
  readonly onDone: () => void
}) => {
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
        <button type="button" onClick={onDone}>
          I have kept it
        </button>
        <button type="button" class="primary" onClick={() => copyText(secret, 'Secret')}>
          Copy secret
        </button>
      </div>
    </Dialog>
  )
}
