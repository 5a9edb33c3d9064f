import 'uplot/dist/uPlot.min.css'
import './style/base.css'
import './style/parts.css'
import './style/views.css'
import { render } from 'preact'
import { App } from './app.tsx'

render(<App />, document.getElementById('console') as HTMLElement)
