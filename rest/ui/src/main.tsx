import './styles/base.css';
import './styles/tokens.css';
import './styles/frame.css';
import './styles/pictures.css';
import { render } from 'preact';
import { App } from './app/App';
import { startKeys } from './app/shortcuts';
import { startLive } from './state/live';

render(<App />, document.getElementById('app')!);
startKeys();
startLive();
