// Words on asking the model what comes next.

import { count } from '../../shell/format'
import { both } from '../../shell/text/both'

export const sequence = both(
  {
    heading: 'Try it',
    how: 'Build a history, oldest first, and see what the model expects next; the list renews itself while the model learns.',
    search: 'Add an item by its title',
    placeholder: 'Search titles…',
    noData: 'Load the example to search its titles.',
    noModel: 'Start training, or press “Step”, to get recommendations.',
    noHistory: 'Add an item to see what comes next.',
    nothing: 'No title holds these words',
    found: (number: number) => (number === 1 ? '1 title' : `${count(number)} titles`),
    sample: 'Use three popular titles',
    clear: 'Clear',
    history: 'History',
    historyOrder: 'oldest first',
    earlier: (title: string) => `Move ${title} earlier`,
    later: (title: string) => `Move ${title} later`,
    remove: (title: string) => `Remove ${title}`,
    added: (title: string) => `${title} added`,
    removed: (title: string) => `${title} removed`,
    results: 'Top 10',
    score: 'Score',
    add: (title: string) => `Add ${title} to the history`,
    append: 'Add',
  },
  {
    heading: '試試看',
    how: '由舊到新排出一段歷史，看看模型預期接下來是什麼；模型學習時，清單會隨之更新。',
    search: '依標題加入項目',
    placeholder: '搜尋標題……',
    noData: '載入範例即可搜尋標題。',
    noModel: '開始訓練或按「單步」，即可得到推薦。',
    noHistory: '加入一個項目，看看接下來是什麼。',
    nothing: '沒有標題包含這些字詞',
    found: (number) => `${count(number)} 個標題`,
    sample: '使用三個熱門標題',
    clear: '清除',
    history: '歷史',
    historyOrder: '由舊到新',
    earlier: (title) => `把 ${title} 往前移`,
    later: (title) => `把 ${title} 往後移`,
    remove: (title) => `移除 ${title}`,
    added: (title) => `已加入 ${title}`,
    removed: (title) => `已移除 ${title}`,
    results: '前 10 名',
    score: '分數',
    add: (title) => `把 ${title} 加入歷史`,
    append: '加入',
  },
)

export const takeAway = both(
  {
    heading: 'Take the model away',
    how: 'The checkpoint goes on here and on the command line; the embeddings are one row an item or a user.',
    items: 'Save the items’ embeddings (TSV)',
    users: 'Save the users’ embeddings (TSV)',
    empty: 'Train first; the model can then be taken away.',
  },
  {
    heading: '帶走模型',
    how: '檢查點可在這裡或命令列繼續訓練；嵌入向量每個項目或使用者一列。',
    items: '儲存項目的嵌入向量（TSV）',
    users: '儲存使用者的嵌入向量（TSV）',
    empty: '請先訓練，之後即可帶走模型。',
  },
)
