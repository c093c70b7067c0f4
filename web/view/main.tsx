import '../kit/style/theme.css'
import '../kit/style/parts.css'
import '../kit/style/shell.css'
import { render } from 'preact'
import { App } from './app.tsx'

const root = document.getElementById('app')
if (root) render(<App />, root)
