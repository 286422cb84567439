// Every word that a person reads on the page, put together from the areas, which stand beside what they are about, so that another
// language is one more object of this type. Labels in sentence case without a full stop; "…" on what asks for more; whole sentences where something is explained.

import { paper } from './paper'
import { about } from '../../features/about/words'
import { start } from '../../features/start/words'
import { bytes, percent } from '../format'
import { mapTools } from '../../features/look/words-map-tools'
import { mapFile } from '../../features/look/words-map-file'
import { mapPlace } from '../../features/look/words-map-place'
import { mapPair } from '../../features/look/words-map-pair'
import { mapSieve } from '../../features/look/words-map-sieve'
import { privacyPanel } from '../../features/privacy/words'
import { data, preview } from '../../features/data/words'
import { filter } from '../../features/data/words-filter'
import { notes } from '../../features/data/words-notes'
import { loss, validation } from '../../features/train/curve-words'
import { config } from '../../features/train/words'
import { cores } from '../../features/train/cores-words'
import { posterior, map } from '../../features/look/words'
import { critique, everyone, sequence, takeAway, users, why } from '../../features/use/words'
import { card } from '../../features/use/words-card'
import { alike, measures, nearby } from '../../features/use/words-lists'
import { runs } from '../../features/compare/words-runs'
import { classRuns } from '../../features/compare/words-class'
import { checkpoint, question, run } from './run'
import { charts } from './charts'
import { pseudonyms } from './pseudonyms'
import { lessons } from '../../features/lessons/words'
import { compare } from '../../features/compare/words'
import { controls } from './controls'
import { client } from './client'
import { crash } from './crash'
import { fasterBuild } from '../../features/offline/words'
import { keep } from '../../features/keep/words'
import { single } from '../../features/single/words'

export const en = {
  title: 'ContrastVAE Lab',
  documentTitle: 'ContrastVAE Lab',
  description: 'Train a ContrastVAE recommender on your own interaction log, in your own tab, and watch its latent space while it learns.',
  promise: 'Train a recommender on your own log, in this tab, and watch its latent space while it learns.',
  privacy: 'Nothing you load leaves this tab.',
  skipLink: 'Skip to the results',
  language: 'Language',
  stages: {
    label: 'Stages',
    names: { start: 'Start', data: 'Data', train: 'Train', look: 'Look', use: 'Use', compare: 'Compare', about: 'About' },
  },
  comma: ', ',
  labelled: (name: string) => `${name}:`,

  device: {
    label: 'Computes on',
    starting: 'Looking for a device …',
    downloading: (done: number, total: number | null) =>
      total ? `Loading the model code, ${percent(done / total)} of ${bytes(total)}` : `Loading the model code, ${bytes(done)}`,
    cpu: (cores: number) => (cores === 1 ? 'CPU, one core, SIMD' : `CPU, ${cores} cores, SIMD`),
    gpu: (name: string) => `WebGPU, ${name}`,
    unnamed: 'unnamed adapter',
    because: {
      realAdapter: 'The browser offers a real GPU, which trains faster than the CPU.',
      askedForGpu: 'The address of this page asks for the GPU.',
      askedForCpu: 'The address of this page asks for the CPU.',
      noWebGpu: 'This browser offers no WebGPU on this page.',
      noAdapter: 'WebGPU is there, but it found no GPU.',
      software: (name: string) => `The only WebGPU adapter, ${name}, is software and slower than the CPU build.`,
      notBuilt: (name: string) => `The GPU build for ${name} has not been made on this machine yet.`,
      tooSmall: (name: string) => `The adapter ${name} allows fewer than 256 invocations in a workgroup, too few for the GPU build.`,
      failed: (why: string) => `The GPU did not start (${why.replace(/[.\s]+$/, '')}), so the CPU took over.`,
      failedTwice: 'The GPU failed twice during training, so the CPU took over.',
      wrong: (name: string) => `The first steps on ${name} gave other numbers than on the CPU, so the CPU took over.`,
    },
  },

  crash: crash.en,
  client: client.en,

  messages: {
    region: 'Messages',
    dismiss: 'Dismiss',
    otherMaker: (maker: string, version: string) =>
      `This link was made by version ${maker} of this page, which is now ${version}; its numbers may come out otherwise.`,
    badHash: (keys: string) => `The address has settings that this version does not know (${keys}); they were left out.`,
    newerHash: (version: string) =>
      `The address was made by another version of this page (v=${version}); its settings were read as far as they are known.`,
  },

  data: data.en,

  preview: preview.en,

  filter: filter.en,
  notes: notes.en,

  config: config.en,

  cores: cores.en,

  run: run.en,

  checkpoint: checkpoint.en,
  question: question.en,

  loss: loss.en,

  charts: charts.en,
  compare: compare.en,
  lessons: lessons.en,

  validation: validation.en,

  runs: runs.en,
  classRuns: classRuns.en,

  posterior: posterior.en,

  map: map.en,

  sequence: sequence.en,
  critique: critique.en,
  users: users.en,
  takeAway: takeAway.en,
  card: card.en,
  everyone: everyone.en,
  why: why.en,
  pseudonyms: pseudonyms.en,
  measures: measures.en,
  alike: alike.en,
  nearby: nearby.en,

  mapTools: mapTools.en,
  mapSieve: mapSieve.en,
  mapFile: mapFile.en,
  mapPlace: mapPlace.en,
  mapPair: mapPair.en,
  privacyPanel: privacyPanel.en,
  fasterBuild: fasterBuild.en,
  keep: keep.en,
  single: single.en,
  controls: controls.en,

  start: start.en,
  about: about.en,
  paper: paper.en,

  footer: {
    version: (version: string) => `Version ${version}`,
    method: 'Method: Wang et al., CIKM 2022',
    paper: 'Title: “ContrastVAE: Contrastive Variational AutoEncoder for Sequential Recommendation”.',
  },
}
