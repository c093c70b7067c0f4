/** Where a token is in use, or was not given: another one. */
import { askToken, declined, setToken, token } from '../api/token.ts'

export const TokenMenu = () =>
  token.value === undefined && !declined.value ? null : (
    <button
      type="button"
      class="quiet"
      title={token.value === undefined ? 'Give a token' : 'A token is in use: forget it, or give another'}
      onClick={() => {
        setToken(undefined)
        void askToken('')
      }}
    >
      Token
    </button>
  )
