// The one lab of this page.

import { Lab } from './lab.svelte'

export const lab = new Lab()
