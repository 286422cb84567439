// The words of the charts that go from epoch to epoch and from group to group.

import { count } from '../format'
import { both } from './both'

export const charts = both(
  {
    definition: 'Definition',
    of: (what: string) => ` of ${what}`,
    weights: {
      label: 'KL weight',
      help: 'the cost of a nat',
      definition:
        'What a nat of KL costs at this step, the factor of the KL terms in the total: it rises with the steps from 0 to “KL weight”, where “KL annealing” is not 0 (Bowman et al. 2016).',
      chart: (now: string) => `Weight of the KL over the steps, now ${now}`,
    },
    shares: {
      label: 'What each term adds to the total',
      help: 'term times weight',
      definition:
        'What costs much is what training works at. Reconstruction as it is; the KL that is minimised (with free bits, or by the length of the sequence, where the configuration says so) times its weight; the contrast times its weight; in the variational modes the prior of alpha; and where directions are tied to attributes, that term times its weight. They sum to the total, each step weighed by itself.',
      terms: {
        reconstruction: 'Reconstruction',
        kl: 'KL, weighted',
        contrast: 'Contrast, weighted',
        alpha_prior: 'Prior of alpha',
        attributes: 'Attributes, weighted',
      },
      between: '; ',
      chart: (parts: string) => `Parts of the total over the steps, in nats, now: ${parts}`,
    },
    epochs: {
      heading: 'Collapse, epoch by epoch',
      how: 'A collapse takes active units and mutual information together, whatever the loss does.',
      empty: 'Start training to follow the latent space by epoch.',
      waiting: 'The first point comes after the first epoch.',
      notKept: 'This run was opened again, and its epochs were not kept; a new run shows them after its first epoch.',
      deterministic: 'A deterministic model draws no latents, so there is nothing to follow.',
      epoch: 'Epoch',
      ceiling: 'the most there can be',
      active: {
        label: 'Active units',
        definition:
          'Dimensions that differ from user to user: their posterior mean has a variance over the users of 0.01 or more (Burda et al. 2016); the dashed line is the width of the latent.',
        chart: (now: string, all: string) => `Active units by epoch, now ${now} of ${all}`,
      },
      information: {
        label: 'Mutual information, nats',
        definition:
          'What a latent tells about whose it is: I(x; z) of users and latents, estimated over a sample (Hoffman & Johnson 2016; He et al. 2019). It cannot exceed the dashed line, the logarithm of the number of users compared; near it read “at least so much”.',
        chart: (now: string, ceiling: string) => `Mutual information by epoch, now ${now} of ${ceiling} nats`,
      },
      kl: {
        label: 'KL, nats',
        definition:
          'What the latent costs: mean over users of the divergence of the posterior from the prior N(0, I), summed over dimensions (Kingma & Welling 2014). The dashed line is what is left when the mutual information is taken off: the divergence of the mean of all posteriors from the prior (Hoffman & Johnson 2016).',
        all: 'KL',
        marginal: 'of the mean of all posteriors',
        chart: (now: string, marginal: string) => `KL by epoch, now ${now} nats, ${marginal} of them of the mean of all posteriors`,
      },
      rank: {
        label: 'Effective rank',
        definition:
          'Directions in which the users’ means spread: exponential of the entropy of the singular values, each over their sum (Roy & Vetterli 2007): of the matrix of means (Garrido et al. 2023), and dashed of their covariance, which leaves out what all users share (Jing et al. 2022).',
        means: 'of the means',
        covariance: 'of their covariance',
        chart: (means: string, covariance: string) =>
          `Effective rank by epoch, now ${means} of the means, ${covariance} of their covariance`,
      },
      variance: {
        label: 'Mean variance',
        help: '1 is the prior’s',
        definition: 'Mean of σ² over users and dimensions (Wang et al. 2022, Fig. 3); near 0 the posterior is a point.',
        chart: (now: string) => `Mean variance of the posterior by epoch, now ${now}`,
      },
      plane: {
        label: 'Alignment and uniformity',
        help: 'low and left is good, high and left a collapse',
        definition:
          'To the left views agree, lower down users differ. Alignment is the mean of |u − v|² of the two views of a user, uniformity the logarithm of the mean of exp(−2 |u − u′|²) over pairs of users, both of the pooled views brought to length 1 (Wang & Isola 2020).',
        oneView: 'One view has nothing to agree with; choose another “Second view” to follow alignment.',
        x: 'alignment',
        y: 'uniformity',
        chart: (alignment: string, uniformity: string, epoch: number) =>
          `Path in the plane of alignment and uniformity, after epoch ${count(epoch)} at ${alignment} and ${uniformity}`,
        point: (epoch: number, alignment: string, uniformity: string) =>
          `Epoch ${count(epoch)}: alignment ${alignment}, uniformity ${uniformity}`,
      },
      spectrum: {
        label: 'KL of each dimension, epoch by epoch',
        help: 'a row a dimension, a column an epoch',
        definition:
          'Rows that fade have fallen back on the prior. Mean over users of (μ² + σ² − ln σ² − 1) / 2 in each dimension, in nats (Kingma & Welling 2014). Rows are in the order of the latest epoch, the largest first; the strength of the colour grows with the square root.',
        chart: (dimensions: number, epoch: number, active: number) =>
          `KL of ${count(dimensions)} dimensions up to epoch ${count(epoch)}; ${count(active)} of them hold more than 0.01 nats now`,
        point: (dimension: number, epoch: number, kl: string) => `Dimension ${count(dimension)} after epoch ${count(epoch)}: ${kl} nats`,
        least: '0',
        most: (kl: string) => `${kl} nats`,
        dimension: 'Dimension',
      },
    },
    groups: {
      heading: 'Rare and common answers',
      how: 'A model that lives on popular items is good in the last row alone.',
      empty: 'Start training to see for whom it is good.',
      waiting: 'The first numbers come after the first epoch.',
      notKept: 'This run was opened again, and its groups were not kept; a new run shows them after its first epoch.',
      grouping: 'Count of the answer',
      groupings: {
        training_frequency: 'In training',
        answer_frequency: 'Among the answers',
      },
      unit: {
        training_frequency: 'times in training',
        answer_frequency: 'times among the answers',
      },
      beside: 'Compare with',
      popularity: 'Popularity',
      model: 'This model',
      group: 'Group',
      users: 'Users',
      nobody: '–',
      recall: {
        label: 'Recall@40',
        definition:
          'Share of users whose held-out item is among the first 40. As in Figure 2a of Wang et al. 2022, on validation: users in five groups by how often their answer occurs, among the answers of the split as in the paper, or in training, which is what a recommender had to learn from. The full ranking leaves out what the user had before.',
      },
      kl: {
        label: 'KL, nats',
        definition:
          'As in the left of Figure 3 of Wang et al. 2022: mean KL of the posterior to N(0, I) at the last position, summed over dimensions, of the users in the group; by the answers of the test, of which nothing but the group is used.',
      },
      variance: {
        label: 'Mean variance',
        definition:
          'As in the right of Figure 3 of Wang et al. 2022: mean of σ² over dimensions at the last position, of the users in the group; by the answers of the test, of which nothing but the group is used.',
      },
      sample: (epoch: number, users: number) =>
        `Recall after epoch ${count(epoch)}, of ${count(users)} users; KL and variance of the sample under “Posterior”.`,
    },
  },
  {
    definition: '定義',
    of: (what: string) => `：${what}`,
    weights: {
      label: 'KL 權重',
      help: '每一 nat 的代價',
      definition:
        '此步每一 nat KL 的代價，即總損失中 KL 項的係數：「KL 退火步數」不為 0 時，隨訓練步數由 0 升至「KL 權重」（Bowman et al. 2016）。',
      chart: (now: string) => `KL 權重隨步數的變化，目前 ${now}`,
    },
    shares: {
      label: '各項對總損失的貢獻',
      help: '各項乘上權重',
      definition:
        '占比大的，就是訓練正在最佳化的部分。重建項維持原值；實際最小化的 KL（設定了自由位元或依序列長度加權時，以其為準）乘上權重；對比項乘上權重；在變分模式下另有 alpha 的先驗項。各項相加即為總損失，每一步以當時的權重計算。',
      terms: {
        reconstruction: '重建',
        kl: 'KL（加權）',
        contrast: '對比（加權）',
        alpha_prior: 'alpha 的先驗',
        attributes: '屬性（加權）',
      },
      between: '；',
      chart: (parts: string) => `總損失各部分隨步數的變化（nat），目前：${parts}`,
    },
    epochs: {
      heading: '逐輪觀察塌縮',
      how: '塌縮時，活躍維度與互資訊一起消失，不論損失如何。',
      empty: '開始訓練，即可逐輪追蹤潛在空間。',
      waiting: '第一輪結束後才有第一個點。',
      notKept: '這是重新開啟的訓練，各輪結果未保留；新的訓練在第一輪後會顯示。',
      deterministic: '確定性模型不抽取潛在向量，因此沒有可追蹤的內容。',
      epoch: '輪次',
      ceiling: '可能的最大值',
      active: {
        label: '活躍維度',
        definition: '隨使用者而不同的維度數：後驗平均值在使用者間的變異數達 0.01 以上（Burda et al. 2016）；虛線為潛在空間的維度數。',
        chart: (now: string, all: string) => `各輪的活躍維度，目前 ${all} 個中有 ${now} 個`,
      },
      information: {
        label: '互資訊（nat）',
        definition:
          '潛在向量透露多少「它屬於誰」：使用者與潛在向量的 I(x; z)，以樣本估計（Hoffman & Johnson 2016; He et al. 2019）。上限為虛線，即所比較使用者數的自然對數；接近上限時應讀作「至少這麼多」。',
        chart: (now: string, ceiling: string) => `各輪的互資訊，目前 ${now}，上限 ${ceiling} nat`,
      },
      kl: {
        label: 'KL 散度（nat）',
        definition:
          '潛在向量的代價：後驗分布相對於先驗 N(0, I) 的散度，各維度加總後對使用者取平均（Kingma & Welling 2014）。虛線為扣除互資訊後所餘：所有後驗的平均分布相對於先驗的散度（Hoffman & Johnson 2016）。',
        all: 'KL 散度',
        marginal: '所有後驗的平均分布',
        chart: (now: string, marginal: string) => `各輪的 KL，目前 ${now} nat，其中 ${marginal} 屬於所有後驗的平均分布`,
      },
      rank: {
        label: '有效秩',
        definition:
          '使用者平均值所分布的方向數：奇異值除以其總和後的熵取指數（Roy & Vetterli 2007）：實線為平均值矩陣（Garrido et al. 2023），虛線為其共變異數矩陣，即去除所有使用者共有的部分（Jing et al. 2022）。',
        means: '平均值矩陣',
        covariance: '共變異數矩陣',
        chart: (means: string, covariance: string) => `各輪的有效秩，目前平均值矩陣 ${means}，共變異數矩陣 ${covariance}`,
      },
      variance: {
        label: '平均變異數',
        help: '1 等於先驗',
        definition: 'σ² 對使用者與維度取平均（Wang et al. 2022，圖 3）；接近 0 時後驗退化為一點。',
        chart: (now: string) => `各輪的後驗平均變異數，目前 ${now}`,
      },
      plane: {
        label: '對齊度與均勻度',
        help: '左下為佳，左上為塌縮',
        definition:
          '越靠左，兩視角越一致；越往下，使用者越有別。對齊度為同一使用者兩個視角的 |u − v|² 平均，均勻度為成對使用者 exp(−2 |u − u′|²) 平均的對數，皆以池化後並正規化為單位長度的視角計算（Wang & Isola 2020）。',
        oneView: '只有一個視角，無從對齊；請改選其他「第二視角」以追蹤對齊度。',
        x: '對齊度',
        y: '均勻度',
        chart: (alignment: string, uniformity: string, epoch: number) =>
          `對齊度與均勻度平面上的路徑，第 ${count(epoch)} 輪後位於 ${alignment} 與 ${uniformity}`,
        point: (epoch: number, alignment: string, uniformity: string) => `第 ${count(epoch)} 輪：對齊度 ${alignment}，均勻度 ${uniformity}`,
      },
      spectrum: {
        label: '各維度 KL 的逐輪變化',
        help: '每列一個維度，每欄一輪',
        definition:
          '顏色褪去的列已退回先驗。各維度的 (μ² + σ² − ln σ² − 1) / 2 對使用者取平均，單位為 nat（Kingma & Welling 2014）。各列依最近一輪由大至小排列；顏色深淺與平方根成正比。',
        chart: (dimensions: number, epoch: number, active: number) =>
          `${count(dimensions)} 個維度到第 ${count(epoch)} 輪為止的 KL；目前有 ${count(active)} 個維度超過 0.01 nat`,
        point: (dimension: number, epoch: number, kl: string) => `第 ${count(dimension)} 維，第 ${count(epoch)} 輪後：${kl} nat`,
        least: '0',
        most: (kl: string) => `${kl} nat`,
        dimension: '維度',
      },
    },
    groups: {
      heading: '冷門與熱門的答案',
      how: '只靠熱門項目的模型，只有最後一列表現好。',
      empty: '開始訓練，即可看出推薦對誰有效。',
      waiting: '第一輪結束後才有數值。',
      notKept: '這是重新開啟的訓練，分組結果未保留；新的訓練在第一輪後會顯示。',
      grouping: '答案的計數方式',
      groupings: {
        training_frequency: '訓練資料中',
        answer_frequency: '所有答案中',
      },
      unit: {
        training_frequency: '次（訓練資料中）',
        answer_frequency: '次（所有答案中）',
      },
      beside: '比較對象',
      popularity: '熱門度排序',
      model: '目前模型',
      group: '組別',
      users: '使用者數',
      nobody: '－',
      recall: {
        label: 'Recall@40',
        definition:
          '保留項目排在前 40 名的使用者比例。同 Wang et al. 2022 的圖 2a，但使用驗證資料：依答案出現的次數將使用者分為五組；次數可如論文計自同一分割的所有答案，或計自訓練資料，即推薦模型所能學到的內容。對全部項目排序，使用者已有的項目除外。',
      },
      kl: {
        label: 'KL 散度（nat）',
        definition:
          '同 Wang et al. 2022 圖 3 左：該組使用者在最後位置的後驗相對於 N(0, I) 的平均 KL，各維度加總；依測試集的答案分組，除此之外不使用測試答案。',
      },
      variance: {
        label: '平均變異數',
        definition: '同 Wang et al. 2022 圖 3 右：該組使用者在最後位置的 σ² 對維度取平均；依測試集的答案分組，除此之外不使用測試答案。',
      },
      sample: (epoch: number, users: number) =>
        `Recall 取自第 ${count(epoch)} 輪後的 ${count(users)} 位使用者；KL 與變異數取自「後驗分布」面板的樣本。`,
    },
  },
)
