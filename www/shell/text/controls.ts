// Words on presets, on what a run will take, and on following a run slowly.

import { bytes, count, duration } from '../format'
import { both } from './both'

export const controls = both(
  {
    preset: 'Preset',
    /** What the presets are, by name; of others the worker's own words are shown. */
    about: {
      default: 'a small ContrastVAE with model augmentation, for a first try',
      avae: 'one view: the attentive variational autoencoder without contrast',
      'contrastvae-model': 'two views by model augmentation',
      'contrastvae-variational': 'two views by variational augmentation',
      'contrastvae-data': 'two views by data augmentation: crop, mask or reorder',
      'contrastvae-variational-data': 'two views by data and variational augmentation together',
      sasrec: 'one view without latent noise and KL: the deterministic network that the others are measured against',
      'beta-vae': 'one view, and a small KL weight that stays the same from the first step',
      'beta-vae-critique': 'the same with latent directions tied to popularity and genres, for more or less of them (Nema et al. 2021)',
      vsan: 'one view: a variational self-attention network, its KL weight rising slowly (Zhao et al. 2021)',
      'recvae-sequential': 'one view with RecVAE’s composite prior and a KL weight for each item of the history (Shenbin et al. 2020)',
      'adaptive-prior': 'one view whose prior follows from the items so far, after BiVAE’s (Truong et al. 2021)',
      duorec: 'two views, the second one drawn to another history that ends before the same item (Qiu et al. 2022)',
      'align-uniform': 'two views with alignment and uniformity in the place of NT-Xent (Wang and Isola 2020)',
      'benchmark-contrastvae':
        'what ranks best on logs like the paper’s: data and variational views, width 128, sampled softmax, a light KL',
      'benchmark-sasrec': 'the same without latent noise, KL and contrast',
      vaecf: 'a bag of items to a multinomial over all (Mult-VAE), with Cornac’s settings',
      'mult-vae': 'the same with the settings of its authors',
      recvae: 'a bag of items with a composite prior, encoder and decoder trained in turns, with its authors’ settings',
      bivaecf: 'users and items both have posteriors, trained in turns, with Cornac’s settings',
      collapse: 'a plain VAE whose latent space collapses on the example within a few epochs, to be looked at and cured',
      'paper-beauty': 'the official command for Amazon Beauty',
      'paper-toys': 'the official command for Amazon Toys and Games',
      'paper-tools': 'the official command for Amazon Tools',
      'paper-office': 'the official command for Amazon Office Products',
    } as Record<string, string>,
    reset: 'Back to defaults',
    estimate: 'What a run will take',
    parameters: (parameters: number) => `${count(parameters)} parameters`,
    memory: (size: number) => `about ${bytes(size)} of memory`,
    tooMuch: {
      tab: (_needed: number, most: number) =>
        `That is more than the ${bytes(most)} that a program in a tab can have, so that the run will break off; take a smaller batch, hidden size or longest history.`,
      machine: (_needed: number, most: number) =>
        `This machine has about ${bytes(most)} of memory for everything, and its browser may close a tab that takes so much; take a smaller batch or hidden size, or a larger machine.`,
      buffer: (needed: number, most: number) =>
        `The GPU takes no buffer above ${bytes(most)}, and this run needs one of ${bytes(needed)}; take a smaller hidden size, leave out rare items, or add ?device=cpu to the address.`,
    },
    time: (seconds: number) => `about ${duration(Math.max(1, seconds))}`,
    steps: (steps: number) => `${count(steps)} steps an epoch`,
    noTime: 'the time is known after the first epoch on this device',
    fromRun: 'Parameters are exact; memory is a formula; the time follows from how quick the latest run on this machine was.',
    fromProbe: 'Parameters are exact; memory is a formula; the time follows from a few timed steps, and gets better with the first run.',
    untimed: 'Parameters are exact; memory is a formula.',
    noData: 'Load data to see its size and time.',
    newChanges: 'New changes',
    newChangesHelp: '“Start training” begins anew with the settings of the form, which differ from those of the run shown.',
    slow: 'Slow motion',
    slowHelp: 'A rest after each step, so that it can be followed; it can be changed while the run goes on.',
    rests: (milliseconds: number) =>
      milliseconds === 0
        ? 'Full speed'
        : milliseconds < 1000
          ? `${count(milliseconds)} ms a step`
          : `${count(milliseconds / 1000)} s a step`,
  },
  {
    preset: '預設組合',
    about: {
      default: '小型 ContrastVAE，採模型增強，適合初次嘗試',
      avae: '單一視角：沒有對比項的注意力變分自編碼器',
      'contrastvae-model': '以模型增強產生兩個視角',
      'contrastvae-variational': '以變分增強產生兩個視角',
      'contrastvae-data': '以資料增強產生兩個視角：裁切、遮罩或重新排序',
      'contrastvae-variational-data': '同時以資料與變分增強產生兩個視角',
      sasrec: '單一視角，沒有潛在雜訊與 KL：作為比較基準的確定性網路',
      'beta-vae': '單一視角，KL 權重很小，從第一步起固定不變',
      'beta-vae-critique': '同上，並把潛在方向綁定到熱門程度與類型，可要求多一點或少一點（Nema 等人，2021）',
      vsan: '單一視角：變分自注意力網路，KL 權重緩慢上升（Zhao 等人，2021）',
      'recvae-sequential': '單一視角，採用 RecVAE 的複合先驗，KL 權重依歷史中的每個項目累計（Shenbin 等人，2020）',
      'adaptive-prior': '單一視角，先驗由目前為止的項目決定，仿照 BiVAE（Truong 等人，2021）',
      duorec: '兩個視角，第二個視角被拉近另一段以相同項目為下一項的歷史（Qiu 等人，2022）',
      'align-uniform': '兩個視角，以對齊與均勻度取代 NT-Xent（Wang 與 Isola，2020）',
      'benchmark-contrastvae': '在類似論文的資料上排名最佳：資料與變分視角、寬度 128、抽樣 softmax、很輕的 KL',
      'benchmark-sasrec': '同上，但沒有潛在雜訊、KL 與對比項',
      vaecf: '由項目集合到全部項目的多項分布（Mult-VAE），採用 Cornac 的設定',
      'mult-vae': '同上，採用原作者的設定',
      recvae: '由項目集合出發，採複合先驗，編碼器與解碼器輪流訓練，採用原作者的設定',
      bivaecf: '使用者與項目都有後驗，輪流訓練，採用 Cornac 的設定',
      collapse: '潛在空間在範例上幾輪之內就會塌縮的單純 VAE，用來觀察與修復',
      'paper-beauty': '官方程式用於 Amazon Beauty 的指令',
      'paper-toys': '官方程式用於 Amazon Toys and Games 的指令',
      'paper-tools': '官方程式用於 Amazon Tools 的指令',
      'paper-office': '官方程式用於 Amazon Office Products 的指令',
    } as Record<string, string>,
    reset: '恢復預設值',
    estimate: '訓練所需的資源',
    parameters: (parameters: number) => `${count(parameters)} 個參數`,
    memory: (size: number) => `約 ${bytes(size)} 記憶體`,
    tooMuch: {
      tab: (_needed: number, most: number) =>
        `這超過分頁中的程式所能使用的 ${bytes(most)}，訓練將會中斷；請縮小批次大小、隱藏層大小或最長歷史。`,
      machine: (_needed: number, most: number) =>
        `這台裝置總共約有 ${bytes(most)} 記憶體，瀏覽器可能會關閉佔用這麼多記憶體的分頁；請縮小批次大小或隱藏層大小，或改用記憶體較大的裝置。`,
      buffer: (needed: number, most: number) =>
        `GPU 的緩衝區不能超過 ${bytes(most)}，這次訓練卻需要 ${bytes(needed)}；請縮小隱藏層大小、略過少見的項目，或在網址加上 ?device=cpu。`,
    },
    time: (seconds: number) => `約 ${duration(Math.max(1, seconds))}`,
    steps: (steps: number) => `每輪 ${count(steps)} 步`,
    noTime: '在此裝置上完成第一輪後即可得知時間',
    fromRun: '參數數量為精確值；記憶體由公式估計；時間依這台電腦最近一次訓練的速度推算。',
    fromProbe: '參數數量為精確值；記憶體由公式估計；時間依幾個計時步驟推算，第一次訓練後會更準確。',
    untimed: '參數數量為精確值；記憶體由公式估計。',
    noData: '載入資料後，即可看到大小與時間。',
    newChanges: '有新的變更',
    newChangesHelp: '表單的設定與目前顯示的訓練不同；按下「開始訓練」會以新的設定重新開始。',
    slow: '慢動作',
    slowHelp: '每一步之後暫停片刻，方便觀察；訓練進行中也能調整。',
    rests: (milliseconds: number) =>
      milliseconds === 0 ? '全速' : milliseconds < 1000 ? `每步 ${count(milliseconds)} 毫秒` : `每步 ${count(milliseconds / 1000)} 秒`,
  },
)
