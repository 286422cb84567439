// Words on the loss and the validation of a run.

import { count } from '../../shell/format'
import { both } from '../../shell/text/both'

const users = (number: number) => `${count(number)} 位使用者`

export const loss = both(
  {
    heading: 'Loss by term, in nats',
    how: 'Curves should fall, then level out; a KL near 0 has collapsed.',
    empty: 'Start training to see the loss fall.',
    step: 'Step',
    terms: {
      total: { label: 'Total', help: 'what is minimised' },
      reconstruction: { label: 'Reconstruction', help: 'surprise, over both views' },
      kl: { label: 'KL', help: 'kept, summed over the views' },
      contrast: { label: 'Contrast', help: 'matching the two views' },
    },
    chart: (label: string, now: string) => `${label} over the steps, now ${now} nats`,
  },
  {
    heading: '各項損失，單位為 nat',
    how: '曲線應先下降再趨平；KL 接近 0 即塌縮。',
    empty: '開始訓練，即可看到損失下降。',
    step: '步',
    terms: {
      total: { label: '總和', help: '要最小化的量' },
      reconstruction: { label: '重建', help: '兩個視角的意外程度' },
      kl: { label: 'KL 散度', help: '保留的資訊，各視角相加' },
      contrast: { label: '對比', help: '配對兩個視角' },
    },
    chart: (label, now) => `${label}隨步數的變化，目前 ${now} nat`,
  },
)

export const validation = both(
  {
    heading: 'Validation',
    how: 'Every user’s held-out item, ranked among all; above the dashed line it beats popularity.',
    empty: 'Start training to see it overtake popularity.',
    waiting: 'The first point comes after the first epoch.',
    model: 'This model',
    best: 'Best so far',
    now: 'Now',
    at: (epoch: number) => `epoch ${count(epoch)}`,
    popularity: 'Popularity',
    baseline: 'baseline',
    metricColumn: 'Metric',
    caption: (users: number) => `Means over ${count(users)} users; larger is better.`,
    epoch: 'Epoch',
    metric: 'Metric of the chart',
    metrics: { recall_10: 'Recall@10', recall_20: 'Recall@20', ndcg_10: 'NDCG@10', ndcg_20: 'NDCG@20' },
    chart: (metric: string, now: string, baseline: string) => `${metric} by epoch, now ${now}, popularity ${baseline}`,
  },
  {
    heading: '驗證',
    how: '每位使用者保留的項目在所有項目中的排名；高於虛線才勝過熱門度。',
    empty: '開始訓練，即可看到它超越熱門度。',
    waiting: '第一輪結束後會出現第一個點。',
    model: '這個模型',
    best: '目前最佳',
    now: '現在',
    at: (epoch) => `第 ${count(epoch)} 輪`,
    popularity: '熱門度',
    baseline: '基準',
    metricColumn: '指標',
    caption: (number) => `${users(number)}的平均；越大越好。`,
    epoch: '輪次（epoch）',
    metric: '圖表的指標',
    metrics: { recall_10: 'Recall@10', recall_20: 'Recall@20', ndcg_10: 'NDCG@10', ndcg_20: 'NDCG@20' },
    chart: (metric, now, baseline) => `各輪的 ${metric}，目前 ${now}，熱門度 ${baseline}`,
  },
)
