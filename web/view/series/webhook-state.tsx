/** Whether alarms are posted: word, colour and form. */
import type { Webhook } from '../../kit/api/series-types.ts'

export const WebhookState = ({ webhook }: { readonly webhook: Webhook | undefined }) => {
  if (!webhook) return <span class="soft">none</span>
  const { url, disabled } = webhook
  return disabled === undefined ? (
    <span class="badge good" title={url}>
      On
    </span>
  ) : (
    <span class="badge bad" title={`${url}: ${disabled}`}>
      Stopped
    </span>
  )
}
