// Starts the patient app.
import { signal } from '@preact/signals'
import { render } from 'preact'

const n = signal(0)
render(<button type="button" onClick={() => n.value++}>{n}</button>, document.getElementById('app')!)
