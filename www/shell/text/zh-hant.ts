// Every word that a person reads on the page, in Traditional Chinese as written in Taiwan. Of the type of `en.ts`, so that the
// compiler names what is missing. Terms are those of the field there; where the English word is what people say (dropout, epoch), it
// stands beside or in place of a translation. A space stands between Chinese and Latin letters or digits.

import { paper } from './paper'
import { about } from '../../features/about/words'
import { start } from '../../features/start/words'
import { bytes, percent } from '../format'
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
import { compare } from '../../features/compare/words'
import { controls } from './controls'
import { client } from './client'
import { crash } from './crash'
import type { Words } from './index'
import { lessons } from '../../features/lessons/words'
import { mapTools } from '../../features/look/words-map-tools'
import { mapFile } from '../../features/look/words-map-file'
import { mapPlace } from '../../features/look/words-map-place'
import { mapPair } from '../../features/look/words-map-pair'
import { mapSieve } from '../../features/look/words-map-sieve'
import { privacyPanel } from '../../features/privacy/words'
import { fasterBuild } from '../../features/offline/words'
import { keep } from '../../features/keep/words'
import { single } from '../../features/single/words'

export const zhHant: Words = {
  title: 'ContrastVAE Lab',
  documentTitle: 'ContrastVAE Lab：在分頁裡訓練推薦模型',
  description: '用您自己的互動紀錄，在您自己的分頁裡訓練 ContrastVAE 推薦模型，並在學習過程中觀察它的潛在空間。',
  promise: '用您自己的紀錄，就在這個分頁裡訓練推薦模型，並在學習過程中觀察它的潛在空間。',
  privacy: '您載入的內容不會離開這個分頁。',
  skipLink: '跳到結果',
  language: '語言',
  stages: {
    label: '階段',
    names: { start: '開始', data: '資料', train: '訓練', look: '觀察', use: '使用', compare: '比較', about: '關於' },
  },
  comma: '，',
  labelled: (name) => `${name}：`,

  device: {
    label: '運算裝置',
    starting: '正在尋找運算裝置……',
    downloading: (done, total) =>
      total ? `正在載入模型程式，${bytes(total)} 中的 ${percent(done / total)}` : `正在載入模型程式，${bytes(done)}`,
    cpu: (cores) => (cores === 1 ? 'CPU，單核心，SIMD' : `CPU，${cores} 個核心，SIMD`),
    gpu: (name) => `WebGPU，${name}`,
    unnamed: '未具名的顯示卡',
    because: {
      realAdapter: '瀏覽器提供真正的 GPU，訓練速度比 CPU 快。',
      askedForGpu: '本頁網址指定使用 GPU。',
      askedForCpu: '本頁網址指定使用 CPU。',
      noWebGpu: '這個瀏覽器在本頁不提供 WebGPU。',
      noAdapter: '有 WebGPU，但找不到 GPU。',
      software: (name) => `唯一的 WebGPU 裝置 ${name} 是軟體模擬，比 CPU 版本還慢。`,
      notBuilt: (name) => `${name} 的 GPU 版本尚未在這台電腦上建置。`,
      tooSmall: (name) => `${name} 每個工作群組允許的執行數少於 256，不足以執行 GPU 版本。`,
      failed: (why) => `GPU 無法啟動（${why.replace(/[.\s]+$/, '')}），因此改用 CPU。`,
      failedTwice: 'GPU 在訓練期間發生兩次錯誤，因此改用 CPU。',
      wrong: (name) => `${name} 最初幾步的計算結果與 CPU 不同，因此改用 CPU。`,
    },
  },

  crash: crash.zhHant,
  client: client.zhHant,

  messages: {
    region: '訊息',
    dismiss: '關閉',
    otherMaker: (maker, version) => `這個連結由本頁的 ${maker} 版產生，現在是 ${version} 版；數值可能不同。`,
    badHash: (keys) => `網址中有這個版本不認得的設定（${keys}），已略過。`,
    newerHash: (version) => `這個網址來自本頁的另一個版本（v=${version}）；已讀取其中認得的設定。`,
  },

  data: data.zhHant,

  preview: preview.zhHant,

  filter: filter.zhHant,
  notes: notes.zhHant,

  config: config.zhHant,

  cores: cores.zhHant,

  run: run.zhHant,

  checkpoint: checkpoint.zhHant,
  question: question.zhHant,

  loss: loss.zhHant,

  charts: charts.zhHant,
  compare: compare.zhHant,
  lessons: lessons.zhHant,

  validation: validation.zhHant,

  runs: runs.zhHant,
  classRuns: classRuns.zhHant,

  posterior: posterior.zhHant,

  map: map.zhHant,

  sequence: sequence.zhHant,
  critique: critique.zhHant,
  users: users.zhHant,
  takeAway: takeAway.zhHant,
  card: card.zhHant,
  everyone: everyone.zhHant,
  why: why.zhHant,
  pseudonyms: pseudonyms.zhHant,
  measures: measures.zhHant,
  alike: alike.zhHant,
  nearby: nearby.zhHant,

  mapTools: mapTools.zhHant,
  mapSieve: mapSieve.zhHant,
  mapFile: mapFile.zhHant,
  mapPlace: mapPlace.zhHant,
  mapPair: mapPair.zhHant,
  privacyPanel: privacyPanel.zhHant,
  fasterBuild: fasterBuild.zhHant,
  keep: keep.zhHant,
  single: single.zhHant,
  controls: controls.zhHant,

  start: start.zhHant,
  about: about.zhHant,
  paper: paper.zhHant,

  footer: {
    version: (version) => `版本 ${version}`,
    method: '方法：Wang et al.，CIKM 2022',
    paper: '題名：「ContrastVAE: Contrastive Variational AutoEncoder for Sequential Recommendation」。',
  },
}
