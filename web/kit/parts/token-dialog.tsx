/** Asks for the bearer token that the API wants. */
import { useState } from 'preact/hooks'
import { question, setToken } from '../api/token.ts'
import { Dialog } from './dialog.tsx'

export const TokenDialog = () => {
  const asked = question.value
  const [value, setValue] = useState('')
  const [remember, setRemember] = useState(false)
  if (!asked) return null
  const answer = (given: boolean): void => {
    if (given) setToken(value.trim(), remember)
    setValue('')
    asked.answer(given)
  }
  return (
    <Dialog title="This server wants a token" onClose={() => answer(false)}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (value.trim() !== '') answer(true)
        }}
      >
        {asked.why !== '' && (
          <p class="notice bad" role="alert">
            {asked.why}
          </p>
        )}
        <div class="field">
          <label for="token">Token</label>
          <input
            id="token"
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
          <span class="hint">
            One of API_TOKENS. It is kept in this browser, and sent to this server alone.
          </span>
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked={remember}
            onChange={(event) => setRemember(event.currentTarget.checked)}
          />
          Remember it after this tab is closed
        </label>
        <div class="row end">
          <button type="button" onClick={() => answer(false)}>
            Not now
          </button>
          <button type="submit" class="primary" disabled={value.trim() === ''}>
            Use token
          </button>
        </div>
      </form>
    </Dialog>
  )
}
