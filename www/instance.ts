// The one lab of this page, and what its larger panels keep: the bench of the latent map, the answers of "Try it".

import { Lab } from './lab.svelte'
import { MapBench } from './map/bench.svelte'
import { Tried } from './tried.svelte'

export const lab = new Lab()
export const bench = new MapBench(lab)
export const tried = new Tried(lab)
