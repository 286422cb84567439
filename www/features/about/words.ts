// The words of the picture of the model: each part with its definition and where it comes from.

import { both } from '../../shell/text/both'
import type { PartId } from './picture'

interface PartWords {
  name: string
  /** The same as a formula, of the first view and, where it is another, of the second. */
  sign: string
  secondSign?: string
  definition: string
  source: string
}

type PartsWords = Record<PartId, PartWords>

const ENGLISH: PartsWords = {
  history: {
    name: 'History',
    sign: 'x',
    definition: 'What a user took, oldest first. Each item has a vector; its place in the history is added.',
    source: 'Kang & McAuley 2018 (SASRec)',
  },
  second: {
    name: 'Second view',
    sign: 'x′',
    definition: 'The same user looked at once more: with other dropout, with learned noise, or with items cropped, masked or reordered.',
    source: 'Wang et al. 2022; crop, mask and reorder: Xie et al. 2022 (CL4SRec)',
  },
  encoder: {
    name: 'Encoder',
    sign: 'attention',
    definition:
      'Attention over the items so far, one stack for the means and one for the variances. Both views go through the same weights.',
    source: 'Wang et al. 2022; Vaswani et al. 2017',
  },
  posterior: {
    name: 'Posterior',
    sign: 'N(μ, σ²)',
    secondSign: 'N(μ′, σ′²)',
    definition:
      'What the model believes about the user: a Gaussian in each latent dimension. It has collapsed if it is the prior for everybody.',
    source: 'Kingma & Welling 2014',
  },
  sampling: {
    name: 'Sampling',
    sign: 'z = μ + σε',
    secondSign: 'z′ = μ′ + σ′ε′',
    definition: 'One draw from the posterior, with ε from N(0, I), so that gradients reach μ and σ. For recommendations z is μ.',
    source: 'Kingma & Welling 2014, section 2.4',
  },
  decoder: {
    name: 'Decoder',
    sign: 'attention',
    definition: 'A third stack turns the draws into one vector a position. It may look at earlier draws, never at later ones.',
    source: 'Wang et al. 2022',
  },
  next: {
    name: 'Next item',
    sign: 'p(x | z)',
    secondSign: 'p(x′ | z′)',
    definition: 'The vector of the decoder times the vector of each item: the higher, the likelier it comes next.',
    source: 'Kang & McAuley 2018',
  },
  kl: {
    name: 'KL',
    sign: 'KL(q ‖ p)',
    definition:
      'Nats by which the posterior departs from the prior N(0, I): what the model pays for knowing the user. Too heavy a weight makes it give up knowing.',
    source: 'Kingma & Welling 2014; weight: Bowman et al. 2016; free bits: Kingma et al. 2016',
  },
  contrast: {
    name: 'Contrast',
    sign: 'NT-Xent',
    definition:
      'Nats of surprise at which of all views in the batch belongs to the same user. It draws the two views of a user together and pushes users apart.',
    source: 'Chen et al. 2020 (SimCLR); Wang et al. 2022',
  },
  reconstruction: {
    name: 'Reconstruction',
    sign: '−ln p(x | z)',
    definition: 'Nats of surprise at the item that came next, the mean over positions, summed over the views.',
    source: 'Wang et al. 2022; softmax over all items: Liang et al. 2018',
  },
}

const CHINESE: PartsWords = {
  history: {
    name: '歷史',
    sign: 'x',
    definition: '使用者選過的項目，由舊到新。每個項目有一個向量，再加上它在歷史中的位置。',
    source: 'Kang & McAuley 2018（SASRec）',
  },
  second: {
    name: '第二個視角',
    sign: 'x′',
    definition: '再看同一位使用者一次：換一組 dropout、加上學得的雜訊，或把歷史裁切、遮罩、重排。',
    source: 'Wang et al. 2022；裁切、遮罩與重排：Xie et al. 2022（CL4SRec）',
  },
  encoder: {
    name: '編碼器',
    sign: '注意力',
    definition: '對到目前為止的項目做注意力計算：一組算平均值，一組算變異數。兩個視角共用同一組權重。',
    source: 'Wang et al. 2022；Vaswani et al. 2017',
  },
  posterior: {
    name: '後驗',
    sign: 'N(μ, σ²)',
    secondSign: 'N(μ′, σ′²)',
    definition: '模型對使用者的看法：每個潛在維度一個常態分布。若對每個人都等於先驗，就是後驗塌縮。',
    source: 'Kingma & Welling 2014',
  },
  sampling: {
    name: '抽樣',
    sign: 'z = μ + σε',
    secondSign: 'z′ = μ′ + σ′ε′',
    definition: '從後驗抽一次，ε 取自 N(0, I)，梯度因此能傳到 μ 與 σ。推薦時 z 就是 μ。',
    source: 'Kingma & Welling 2014，第 2.4 節',
  },
  decoder: {
    name: '解碼器',
    sign: '注意力',
    definition: '第三組注意力把抽樣化為每個位置的一個向量。它只能看先前的抽樣，不能看之後的。',
    source: 'Wang et al. 2022',
  },
  next: {
    name: '下一個項目',
    sign: 'p(x | z)',
    secondSign: 'p(x′ | z′)',
    definition: '解碼器的向量與每個項目的向量相乘：值越高，越可能是下一個。',
    source: 'Kang & McAuley 2018',
  },
  kl: {
    name: 'KL',
    sign: 'KL(q ‖ p)',
    definition: '後驗偏離先驗 N(0, I) 的 nat 數：模型為了認識使用者所付的代價。權重太重，模型便放棄認識。',
    source: 'Kingma & Welling 2014；權重：Bowman et al. 2016；自由位元：Kingma et al. 2016',
  },
  contrast: {
    name: '對比',
    sign: 'NT-Xent',
    definition: '批次中哪個視角屬於同一位使用者，猜測時的意外程度（nat）。它把同一人的兩個視角拉近，把不同人推開。',
    source: 'Chen et al. 2020（SimCLR）；Wang et al. 2022',
  },
  reconstruction: {
    name: '重建',
    sign: '−ln p(x | z)',
    definition: '對實際的下一個項目感到的意外程度（nat）：各位置取平均，再把兩個視角相加。',
    source: 'Wang et al. 2022；對所有項目的 softmax：Liang et al. 2018',
  },
}

export const about = both(
  {
    heading: 'The model as a picture',
    how: 'Press a part; terms light up in training.',
    picture: 'ContrastVAE: two views go through one encoder, are drawn from their posteriors, and one decoder tells what comes next',
    formula: 'ContrastELBO, minimised',
    total: 'Total',
    plus: '+',
    off: 'off',
    offHere: 'Has no effect with the present settings.',
    value: (nats: string) => `${nats} nats now`,
    source: 'Source',
    settings: 'Settings',
    otherModel: 'The present settings train another model, which knows a user as a bag of items; the picture is of ContrastVAE.',
    signs: { reconstruction: '−ln p(x|z) − ln p(x′|z′)', kl: 'w [KL(x) + KL(x′)]', contrast: 'λ NT-Xent(z, z′)' },
    parts: ENGLISH,
  },
  {
    heading: '用圖看模型',
    how: '按任一部分看它是什麼；訓練時各項會亮起。',
    picture: 'ContrastVAE：兩個視角經過同一個編碼器，各自從後驗抽樣，再由同一個解碼器預測下一個項目',
    formula: 'ContrastELBO，求最小',
    total: '總和',
    plus: '+',
    off: '未用',
    offHere: '以目前的設定沒有作用。',
    value: (nats: string) => `目前 ${nats} nat`,
    source: '出處',
    settings: '設定',
    otherModel: '目前的設定訓練的是另一種模型，它把使用者看成一袋項目；此圖畫的是 ContrastVAE。',
    signs: { reconstruction: '−ln p(x|z) − ln p(x′|z′)', kl: 'w [KL(x) + KL(x′)]', contrast: 'λ NT-Xent(z, z′)' },
    parts: CHINESE,
  },
)
