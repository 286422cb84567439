// Words on what goes with lists: measures beyond accuracy, items alike, users nearby.

import { count } from '../../shell/format'
import { both } from '../../shell/text/both'

export const measures = both(
  {
    heading: 'The lists beyond accuracy',
    lists: 'Lists by',
    by: { model: 'this model', popularity: 'popularity', item_knn: 'item-kNN' },
    columns: { coverage: 'Coverage', rare: 'Rare items', novelty: 'Novelty, bits', overlap: 'Overlap' },
    meaning: {
      coverage: 'Coverage: share of all items that are in at least one list (Ge et al., RecSys 2010).',
      rare: 'Rare items: mean share of a list that fewer than 10 users have had (long-tail percentage, Abdollahpouri et al., FLAIRS 2019; the border is ours).',
      novelty: 'Novelty: mean self-information −log₂ p of the items, p the share of users who have had one (Zhou et al., PNAS 2010).',
      overlap:
        'Overlap: how like the lists of two users are: the share of a list that both have, mean over all pairs (1 less it is the diversity between users of Zhou et al. 2010).',
    },
    caution: 'None of them says that a list is good: items drawn by lot cover everything, are novel and hardly overlap.',
    counting: (done: number, total: number) => `Counting what popularity and item-kNN would list, ${count(done)} of ${count(total)}`,
    stop: 'Stop counting',
  },
  {
    heading: '準確度以外的清單指標',
    lists: '清單來自',
    by: { model: '此模型', popularity: '熱門度', item_knn: 'item-kNN 近鄰法' },
    columns: { coverage: '涵蓋率', rare: '冷門項目', novelty: '新穎度（位元）', overlap: '重疊' },
    meaning: {
      coverage: '涵蓋率：至少出現在一份清單中的項目比例（Ge 等人，RecSys 2010）。',
      rare: '冷門項目：清單中少於 10 位使用者擁有過的項目平均比例（長尾比例，Abdollahpouri 等人，FLAIRS 2019；界線由本程式訂定）。',
      novelty: '新穎度：項目的平均自訊息 −log₂ p，p 為擁有過該項目的使用者比例（Zhou 等人，PNAS 2010）。',
      overlap: '重疊：兩位使用者的清單有多相似，即兩者共有的比例，對所有配對取平均（1 減去它即 Zhou 等人 2010 的使用者間多樣性）。',
    },
    caution: '這些指標都不代表清單好壞：隨機抽出的項目涵蓋一切、很新穎、幾乎不重疊。',
    counting: (done, total) => `正在計算熱門度與 item-kNN 的清單，${count(total)} 份中的 ${count(done)} 份`,
    stop: '停止計算',
  },
)

export const alike = both(
  {
    heading: 'Items alike',
    by: 'Compared by',
    vector: 'item vector, by which the model scores',
    latent: 'latent after the item alone',
    k: 'Items alike for each item',
    save: 'Save similar items (CSV)',
    progress: (done: number, total: number) => `${count(done)} of ${count(total)} items`,
    outcome: (rows: number) => `Saved: ${count(rows)} lines, each with the cosine.`,
  },
  {
    heading: '相似項目',
    by: '比較依據',
    vector: '模型用來評分的項目向量',
    latent: '只有該項目時的潛在向量',
    k: '每個項目的相似項目數',
    save: '儲存相似項目（CSV）',
    progress: (done, total) => `${count(total)} 個項目中的 ${count(done)} 個`,
    outcome: (rows) => `已儲存：共 ${count(rows)} 行，各附餘弦值。`,
  },
)

export const nearby = both(
  {
    views: 'Ways to look at it',
    reasons: 'Without each item',
    users: 'Users nearby',
    attention: 'Attention',
    how: 'The users whose posterior means are nearest (Euclidean distance), each by the sequence before the last item or the test’s answer, and what they took next.',
    searching: (done: number, total: number) => `Looking at ${count(done)} of ${count(total)} users`,
    next: (title: string) => `took “${title}” next`,
    same: 'the same item',
    none: 'No other user has a sequence to compare with.',
    attentionHow:
      'How much the last position attends to each item, mean over all heads and blocks. It tells where the model looks, not what changes the score (Jain & Wallace 2019); “Without each item” does that. It is of the history, whatever item is asked about.',
    noAttention: 'This model has no attention: it knows a history as a bag of items.',
    unseen: 'beyond the window',
  },
  {
    views: '檢視方式',
    reasons: '逐一拿掉項目',
    users: '相近的使用者',
    attention: '注意力',
    how: '後驗平均值最近（歐氏距離）的使用者，各取其最後一項或測試答案之前的序列，以及他們接下來選了什麼。',
    searching: (done, total) => `正在比較 ${count(total)} 位使用者中的 ${count(done)} 位`,
    next: (title) => `接下來選了「${title}」`,
    same: '同一項目',
    none: '沒有其他使用者的序列可供比較。',
    attentionHow:
      '最後位置對每個項目的注意力，對所有注意力頭與區塊取平均。它顯示模型看向哪裡，而不是什麼改變了分數（Jain 與 Wallace 2019）；後者請看「逐一拿掉項目」。它只與歷史有關，與所問的項目無關。',
    noAttention: '此模型沒有注意力：它把歷史視為一袋項目。',
    unseen: '超出視窗',
  },
)
