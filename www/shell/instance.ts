// The one lab of this page, and what stands around it: the bench of the latent map and its sieve, the answers of "Try it", the comparison of
// models, the lessons, the identifiers of the users.

import { CompareBench } from '../features/compare/bench.svelte'
import { Lab } from './lab.svelte'
import { Lessons } from '../features/lessons/lessons.svelte'
import { MapBench } from '../features/look/map/bench.svelte'
import { Sieve } from '../features/look/map/sieve.svelte'
import { Tried } from '../features/use/tried.svelte'
import { Users } from './users.svelte'

export const lab = new Lab()
export const users = new Users(lab.session)
export const bench = new MapBench(lab)
export const sieve = new Sieve(lab, bench, users)
export const compareBench = new CompareBench(lab)
export const tried = new Tried(lab)
export const lessons = new Lessons(lab)
