// Puts the page together.

import './shell/app.css'

import { mount } from 'svelte'

import App from './shell/App.svelte'
import { api } from './shell/api'
import { lab } from './shell/instance'

window.contrastvae = api

declare global {
  interface Window {
    /** What `first.js` missed in this browser; it has put a sentence in the place of the page. */
    contrastvaeLacks?: string[]
  }
}

const target = document.getElementById('app')
if (target && !window.contrastvaeLacks) {
  if (new URLSearchParams(location.search).has('bench')) {
    // Nothing runs beside what is measured.
    lab.session.end()
    void import('./features/bench/BenchPage.svelte').then(({ default: BenchPage }) => mount(BenchPage, { target }))
  } else mount(App, { target })
}

// What draws the map comes behind the first screen, before somebody looks at one: from then on training asks for nothing. The map itself
// says so if it cannot be had.
addEventListener('load', () => void import('./features/look/map/plot').catch(() => undefined))
