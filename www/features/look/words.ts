// Words on the latent space: the map and the posterior.

import { count, decimal, percent } from '../../shell/format'
import { both } from '../../shell/text/both'

const users = (number: number) => `${count(number)} 位使用者`

export const posterior = both(
  {
    heading: 'Posterior',
    how: 'Has the latent space collapsed, does it know its users, do the two views agree?',
    empty: 'Start training to see what the latent space carries.',
    waiting: 'The first look at the posterior comes after the first epoch.',
    deterministic: 'A deterministic model draws no latents, so there is no posterior to look at; choose another “Second view” for one.',
    definition: 'Definition',
    of: (what: string) => ` of ${what}`,
    ofAll: (all: string) => `of ${all}`,
    ofNats: (ceiling: string) => `of ${ceiling} nats`,
    oneView: 'one view only',
    none: '–',
    measures: {
      active: {
        label: 'Active units',
        help: 'differ from user to user; few of many: collapsed',
        definition:
          'Dimensions whose posterior mean has a variance over the users of 0.01 or more (Burda et al. 2016). A layer norm may make all look active before training.',
      },
      information: {
        label: 'Mutual information',
        help: 'what a latent tells about whose it is',
        definition:
          'I(x; z): how much likelier a latent is under its own user’s posterior than under the mean of all posteriors, mean logarithm, in nats (Hoffman & Johnson 2016). 0 is nothing. The second number is the most that a sample can show, the logarithm of the number of users compared; near it read “at least so much”.',
      },
      rank: {
        label: 'Effective rank',
        help: 'directions in which users spread',
        definition:
          'Exponential of the entropy of the singular values of the matrix of means, each over their sum (Roy & Vetterli 2007; Garrido et al. 2023). Far below the width, dimensions repeat each other.',
      },
      alignment: {
        label: 'Alignment',
        help: 'distance of a user’s two views',
        definition:
          'Mean of |u − v|², u and v the two views of a user as in training, summed over positions and brought to length 1 (Wang & Isola 2020); 0 is one direction, 2 what unrelated ones have.',
      },
      uniformity: {
        label: 'Uniformity',
        help: 'how evenly users spread; lower is more',
        definition:
          'Logarithm of the mean of exp(−2 |u − v|²) over pairs of users, u and v their posterior means brought to length 1 (Wang & Isola 2020); 0 is one direction for all.',
      },
      gap: {
        label: 'Mutual information gap',
        help: 'whether one dimension alone knows each tied attribute',
        definition:
          'MIG (Chen et al. 2018): for each attribute what the best dimension of the means knows of it less what the second best knows, over its entropy; the mean over the attributes. The attribute of a user is its mean over the history; both sides are cut into classes of equal frequency.',
      },
    },
    kl: {
      label: 'KL by dimension',
      help: 'a bar a dimension, the largest first; near 0 it carries nothing',
      definition:
        'Mean over users of (μ² + σ² − ln σ² − 1) / 2, in nats: the divergence of the posterior from the prior N(0, 1) (Kingma & Welling 2014). What is near 0 has fallen back on the prior.',
      sum: (sum: string) => `${sum} nats in all, in one view`,
      active: 'Active',
      inactive: 'Inactive',
      chart: (dimensions: number, most: string, least: string) =>
        `KL of ${count(dimensions)} dimensions in falling order, from ${most} to ${least} nats`,
      point: (dimension: number, kl: string, active: boolean) =>
        `Dimension ${count(dimension)}: ${kl} nats, ${active ? 'active' : 'inactive'}`,
    },
    sample: (epoch: number, rows: number, users: number) =>
      rows < users
        ? `After epoch ${count(epoch)}, of ${count(rows)} of the ${count(users)} users, always the same ones.`
        : `After epoch ${count(epoch)}, of all ${count(users)} users.`,
  },
  {
    heading: '後驗分布',
    how: '潛在空間是否塌縮？認得使用者嗎？兩個視角一致嗎？',
    empty: '開始訓練，即可看到潛在空間承載了什麼。',
    waiting: '第一輪結束後會首次檢視後驗分布。',
    deterministic: '確定性模型不抽取潛在變數，因此沒有後驗分布可看；請選擇其他的「第二個視角」。',
    definition: '定義',
    of: (what) => `：${what}`,
    ofAll: (all) => `共 ${all}`,
    ofNats: (ceiling) => `上限 ${ceiling} nat`,
    oneView: '只有一個視角',
    none: '–',
    measures: {
      active: {
        label: '活躍維度',
        help: '因使用者而異；太少即塌縮',
        definition: '後驗平均值在使用者間的變異數達 0.01 以上的維度（Burda et al. 2016）。訓練之前，layer norm 可能使所有維度看似活躍。',
      },
      information: {
        label: '互資訊',
        help: '潛在變數透露多少「屬於誰」',
        definition:
          'I(x; z)：潛在變數在自己使用者的後驗之下，比在所有後驗的平均之下可能性高多少，取對數後平均，單位為 nat（Hoffman & Johnson 2016）。0 表示毫無資訊。第二個數字是樣本所能顯示的上限，即所比較使用者數的對數；接近時請讀作「至少這麼多」。',
      },
      rank: {
        label: '有效秩',
        help: '使用者散布的方向數',
        definition:
          '平均值矩陣的奇異值各除以總和後，其熵的指數（Roy & Vetterli 2007；Garrido et al. 2023）。遠低於寬度時，表示維度彼此重複。',
      },
      alignment: {
        label: '對齊度（alignment）',
        help: '同一人兩個視角的距離',
        definition:
          '|u − v|² 的平均，u 與 v 是訓練時同一位使用者的兩個視角，對各位置加總並縮放到長度 1（Wang & Isola 2020）；0 表示方向相同，2 相當於毫無關聯的方向。',
      },
      uniformity: {
        label: '均勻度（uniformity）',
        help: '使用者分布得多均勻；越低越均勻',
        definition:
          '各對使用者 exp(−2 |u − v|²) 平均的對數，u 與 v 是縮放到長度 1 的後驗平均值（Wang & Isola 2020）；0 表示所有人方向相同。',
      },
      gap: {
        label: '互資訊差距（MIG）',
        help: '每個綁定的屬性是否只有一個維度知道',
        definition:
          'MIG（Chen et al. 2018）：對每個屬性，取最了解它的維度與次了解的維度的互資訊之差，除以屬性的熵，再對屬性取平均。使用者的屬性是歷史中的平均；兩邊都切成次數相等的類別。',
      },
    },
    kl: {
      label: '各維度的 KL 散度',
      help: '每條一個維度，由大到小；接近 0 即不帶資訊',
      definition:
        '使用者間 (μ² + σ² − ln σ² − 1) / 2 的平均，單位為 nat：後驗相對於先驗 N(0, 1) 的散度（Kingma & Welling 2014）。接近 0 的維度已退回先驗。',
      sum: (sum) => `合計 ${sum} nat（單一視角）`,
      active: '活躍',
      inactive: '不活躍',
      chart: (dimensions, most, least) => `${count(dimensions)} 個維度的 KL 散度，由大到小，從 ${most} 到 ${least} nat`,
      point: (dimension, kl, active) => `第 ${count(dimension)} 維：${kl} nat，${active ? '活躍' : '不活躍'}`,
    },
    sample: (epoch, rows, all) =>
      rows < all
        ? `第 ${count(epoch)} 輪之後，取 ${users(all)}中的 ${count(rows)} 位，每次都是同一批。`
        : `第 ${count(epoch)} 輪之後，全部 ${users(all)}。`,
  },
)

export const map = both(
  {
    heading: 'Latent map',
    how: {
      items: 'Items that the model takes for alike lie close together.',
      users: 'Users of like taste should gather.',
    },
    empty: 'Start training to see the dots find their places.',
    what: 'Shown',
    items: 'Items',
    users: 'Users',
    colour: 'Colour',
    genre: 'Genre',
    popularity: 'Popularity',
    unknown: 'Unknown',
    other: (genres: number) => `${count(genres)} other genres`,
    few: 'Few',
    many: 'Many',
    itemScale: 'interactions with the item',
    userScale: 'mean interactions with the user’s items',
    axes: (explained: readonly [number, number]) => `The two main directions hold ${percent(explained[0] + explained[1])} of the variance.`,
    at: (epoch: number, step: number) => `After step ${count(step)}, epoch ${count(epoch)}.`,
    description: (points: number, what: string) => `Map of ${count(points)} ${what}. Use the arrow keys to go from dot to dot.`,
    user: (index: number) => `User ${count(index + 1)}`,
    interactions: (number: number) => (number === 1 ? '1 interaction' : `${count(number)} interactions`),
    mean: (number: number) => `items with ${decimal(number, 1)} interactions on average`,
    mostly: (genre: string) => `mostly ${genre}`,
    zoom: 'Zoom and pan',
    legend: 'Legend',
    legendHelp: 'Press a genre to single it out.',
    export: {
      label: 'Save the map',
      save: 'Save',
      png: 'Save the map as PNG',
      svg: 'Save the map as SVG',
      table: 'Save the map as TSV',
      width: 'Pixels across',
      widthFault: (least: number, most: number) => `Enter a whole number from ${count(least)} to ${count(most)}.`,
      caption: (data: string, what: string, step: number, epoch: number, explained: readonly [number, number]) =>
        `${data}: ${what.toLowerCase()} after step ${count(step)}, epoch ${count(epoch)}; principal components with ${percent(explained[0])} and ${percent(explained[1])} of the variance`,
    },
    software: 'Drawn without a graphics card: WebGL reaches none.',
    notLoaded: 'The map could not be loaded; reload the page to try again.',
  },
  {
    heading: '潛在空間地圖',
    how: {
      items: '模型認為相似的項目彼此靠近。',
      users: '品味相近的使用者應聚在一起。',
    },
    empty: '開始訓練，即可看到各點找到自己的位置。',
    what: '顯示',
    items: '項目',
    users: '使用者',
    colour: '顏色',
    genre: '類型',
    popularity: '熱門度',
    unknown: '未知',
    other: (genres) => `其他 ${count(genres)} 種類型`,
    few: '少',
    many: '多',
    itemScale: '項目的互動數',
    userScale: '使用者各項目的平均互動數',
    axes: (explained) => `兩個主要方向包含 ${percent(explained[0] + explained[1])} 的變異。`,
    at: (epoch, step) => `第 ${count(epoch)} 輪，第 ${count(step)} 步之後。`,
    description: (points, what) => `${count(points)} 個點的${what}地圖。用方向鍵可在點之間移動。`,
    user: (index) => `第 ${count(index + 1)} 位使用者`,
    interactions: (number) => `${count(number)} 筆互動`,
    mean: (number) => `各項目平均 ${decimal(number, 1)} 筆互動`,
    mostly: (genre) => `以「${genre}」為主`,
    zoom: '縮放與平移',
    legend: '圖例',
    legendHelp: '按一下類型，即可單獨突顯。',
    export: {
      label: '儲存地圖',
      save: '儲存',
      png: '把地圖存成 PNG',
      svg: '把地圖存成 SVG',
      table: '把地圖存成 TSV',
      width: '寬度（像素）',
      widthFault: (least, most) => `請輸入 ${count(least)} 到 ${count(most)} 的整數。`,
      caption: (data, what, step, epoch, explained) =>
        `${data}：第 ${count(epoch)} 輪、第 ${count(step)} 步之後的${what}；主成分各占變異的 ${percent(explained[0])} 與 ${percent(explained[1])}`,
    },
    software: '未使用顯示卡繪圖，因為這裡的 WebGL 無法取用。',
    notLoaded: '無法載入地圖；請重新載入頁面再試一次。',
  },
)
