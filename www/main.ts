// Puts the page together.

import './shell/app.css'

import { mount } from 'svelte'

import App from './shell/App.svelte'
import { api } from './shell/api'

window.contrastvae = api

const target = document.getElementById('app')
if (target) mount(App, { target })
