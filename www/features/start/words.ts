// The words of the first screen.

import { both } from '../../shell/text/both'
import { count, fixed } from '../../shell/format'

/** Genres of the example, whose log is in English. */
const GENRES = [
  'Sea Voyages',
  'Island Gardens',
  'Village Kitchens',
  'Teatime Mysteries',
  'Clockwork Inventions',
  'Railway Journeys',
  'Mountain Huts',
  'Night Skies',
] as const

export const start = both(
  {
    sentence: 'Train a recommender on your own log, in this tab.',
    promise: 'Watch its latent space learn, collapse and recover. Nothing you load leaves your machine.',
    prove: 'See for yourself',
    watch: 'Watch it learn',
    watchHow: 'The example bookshop: one click, half a minute.',
    open: 'Open your log…',
    openHow: 'A table of who took what, and when.',
    teach: 'Teach with it',
    teachHow: (lessons: number) => `${count(lessons)} lessons, and a link for your class.`,
    map: 'Replay of a finished run',
    mapIs: (items: number, epoch: number, ndcg: number) =>
      `Map of ${count(items)} books after epoch ${count(epoch)}: books of a genre lie together the better the model knows them. NDCG@20 is ${fixed(ndcg, 2)}.`,
    epoch: 'Epoch',
    epochOf: (epoch: number, epochs: number) => `Epoch ${count(epoch)} of ${count(epochs)}`,
    play: 'Play',
    pause: 'Pause replay',
    ndcg: (popularity: number) => `NDCG@20; by popularity ${fixed(popularity, 2)}`,
    active: (dimensions: number) => `active units of ${count(dimensions)}`,
    information: 'nats known of a reader',
    genres: Object.fromEntries(GENRES.map((name) => [name, name])) as Record<string, string>,
  },
  {
    sentence: '在這個分頁裡，用您自己的紀錄訓練推薦模型。',
    promise: '看潛在空間學習、塌縮、再恢復。您載入的資料不會離開這台電腦。',
    prove: '親自驗證',
    watch: '看它學習',
    watchHow: '範例書店：按一下，半分鐘。',
    open: '開啟您的紀錄…',
    openHow: '一張「誰、何時、選了什麼」的表。',
    teach: '用於教學',
    teachHow: (lessons: number) => `${count(lessons)} 個教學單元，以及給全班的連結。`,
    map: '重播一次完成的訓練',
    mapIs: (items: number, epoch: number, ndcg: number) =>
      `第 ${count(epoch)} 輪後 ${count(items)} 本書的地圖：模型懂得越多，同類型的書就越靠近。NDCG@20 為 ${fixed(ndcg, 2)}。`,
    epoch: '輪次',
    epochOf: (epoch: number, epochs: number) => `第 ${count(epoch)} 輪，共 ${count(epochs)} 輪`,
    play: '播放',
    pause: '暫停重播',
    ndcg: (popularity: number) => `NDCG@20；依熱門度為 ${fixed(popularity, 2)}`,
    active: (dimensions: number) => `個活躍維度，共 ${count(dimensions)} 個`,
    information: 'nat 的讀者資訊',
    genres: {
      'Sea Voyages': '航海',
      'Island Gardens': '島嶼花園',
      'Village Kitchens': '鄉村廚房',
      'Teatime Mysteries': '午茶推理',
      'Clockwork Inventions': '發條發明',
      'Railway Journeys': '鐵道旅行',
      'Mountain Huts': '山間小屋',
      'Night Skies': '夜空',
    },
  },
)
