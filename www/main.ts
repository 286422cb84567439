// Puts the page together.

import './app.css'

import { mount } from 'svelte'

import App from './components/App.svelte'
import { api } from './api'
import { webGlScatter } from './map/scatter'

window.contrastvae = api

void webGlScatter()

const target = document.getElementById('app')
if (target) mount(App, { target })
