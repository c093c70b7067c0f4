/** How improbable an anomaly is: word, colour and form. */
import './parts.css'
import type { Severity as Name } from '../../kit/api/scan-types.ts'

const looks: Readonly<Record<Name, readonly [look: string, text: string]>> = {
  minor: ['minor', 'Minor'],
  major: ['major', 'Major'],
  critical: ['critical', 'Critical'],
}

export const severityText = (severity: Name): string => looks[severity][1]

export const Severity = ({ severity }: { readonly severity: Name }) => {
  const [look, text] = looks[severity]
  return (
    <span class={`severity-mark ${look}`}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {severity === 'critical' && <path d="M0.5 9.5h9L5 0.8z" />}
        {severity === 'major' && <path d="M5 0.3 9.7 5 5 9.7 0.3 5z" />}
        {severity === 'minor' && <circle cx="5" cy="5" r="3.25" />}
      </svg>
      {text}
    </span>
  )
}
