/** Where a token is in use: another one, or none. */
import { askToken, setToken, token } from '../api/token.ts'

export const TokenMenu = () =>
  token.value === undefined ? null : (
    <button
      type="button"
      class="quiet"
      title="A token is in use: forget it, or give another"
      onClick={() => {
        setToken(undefined)
        void askToken('')
      }}
    >
      Token
    </button>
  )
