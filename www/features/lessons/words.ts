// The words of the lessons. What a step claims about a model is held to that by `tests/training/lessons.rs`, which trains the same configurations.

import { count } from '../../shell/format'
import { both } from '../../shell/text/both'

interface StepWords {
  heading: string
  say: string
}

interface CourseWords {
  title: string
  about: string
  steps: Record<string, StepWords>
}

type Courses = Record<'collapse' | 'cure' | 'views' | 'tail', CourseWords>

const ENGLISH: Courses = {
  collapse: {
    title: 'Watch a VAE collapse',
    about: 'Two minutes: a plain variational autoencoder trains in your tab, and its latent space dies while you look.',
    steps: {
      load: {
        heading: 'Load the example',
        say: 'Press “Load example”: a generated bookshop with a thousand readers and eight genres, so that it is known what a model could find out.',
      },
      model: {
        heading: 'A plain VAE',
        say: 'The form now holds a plain VAE of 16 latent dimensions: one view of each reader, no contrast, and a KL weight that rises to 1 within ten epochs, as in the ELBO of the textbooks. Nothing about it is broken.',
      },
      start: { heading: 'Start training', say: 'Press “Start training”.' },
      price: {
        heading: 'The KL gets dearer',
        say: 'The weight of the KL rises with each step, and the weighted KL with it. Before the decoder has learnt to use the latents, to drop them is the quickest way down. The total falls nevertheless: the loss does not tell that anything goes wrong.',
      },
      units: {
        heading: 'The units go out',
        say: 'An active unit is a dimension whose mean differs from reader to reader. After the first epoch nearly all 16 are active; two epochs later at most one is. The encoder now says the same about everybody.',
      },
      information: {
        heading: 'Nothing is known',
        say: 'Mutual information is what a latent tells about whose it is. It is gone with the units. Open the definition under the chart to see why it has a ceiling.',
      },
      everybody: {
        heading: 'Everybody gets the same list',
        say: 'A decoder that is told nothing about the reader can only recommend what is popular. Validation shows just that: the model is on the dashed line. This is posterior collapse; the lesson “Cure it” tries what helps.',
      },
    },
  },
  cure: {
    title: 'Cure it: KL weight, free bits, contrast',
    about: 'Three minutes: the collapsed model, then three remedies one after another, side by side at the end. One of them hardly helps.',
    steps: {
      load: { heading: 'Load the example', say: 'Press “Load example”.' },
      ill: {
        heading: 'The patient',
        say: 'Press “Start training”. After four epochs hardly a unit is active.',
      },
      weight: {
        heading: 'First remedy: a lighter KL',
        say: 'Set “KL weight” to 0.01: a nat of KL then costs a hundredth of a nat, so that it pays to tell readers apart.',
      },
      lighter: {
        heading: 'The units stay',
        say: 'Press “Start training” again. All units stay active, the mutual information is above two nats, and the ranking leaves popularity far behind. The price: the posteriors lie far from the prior, so draws from the prior no longer look like readers.',
      },
      bits: {
        heading: 'Second remedy: free bits',
        say: 'Set “KL weight” back to 1 and “Free bits” to 0.05, under “Advanced”: 0.05 nats of each dimension now cost nothing.',
      },
      few: {
        heading: 'A KL that looks healthy',
        say: 'Press “Start training”. After five epochs the KL is several times the patient’s, but few units or none are active and the mutual information is near 0: the free nats are the same for everybody. A KL above 0 is no proof of life. Later the units come back by and by; with 0.3 nats they never leave. Try it.',
      },
      pair: {
        heading: 'Third remedy: contrast',
        say: 'Set “Free bits” to 0, “Second view” to “Model augmentation” and “Contrast weight” to 1. The two views of a reader are drawn together, those of others are pushed apart.',
      },
      contrast: {
        heading: 'Contrast holds on',
        say: 'Press “Start training”. Nearly all units stay active at the full KL weight, and the ranking stays more than twice as good as popularity, but the mutual information melts: less than half of what it was after the first epoch. It is the contrast that helps: two views with a contrast weight of 0 collapse as the patient did.',
      },
      compare: {
        heading: 'Side by side',
        say: 'All runs of this lesson by their best epoch: compare active units and mutual information with NDCG@20. On this shop the lighter KL does best, and remedies can be combined.',
      },
    },
  },
  views: {
    title: 'Two views: what is contrasted',
    about: 'Three minutes: what a second view is, and what the contrastive term does to the latents, good and bad.',
    steps: {
      load: { heading: 'Load the example', say: 'Press “Load example”.' },
      two: {
        heading: 'Two views of a reader',
        say: 'ContrastVAE looks at each reader twice; here the second view goes through the same encoder with other dropout and other noise. The contrastive term asks which of all views in the batch belongs to the same reader. Its weight is still 0.',
      },
      apart: {
        heading: 'Without contrast',
        say: 'Press “Start training”. Each dot is an epoch: to the left the two views of a reader agree (alignment), lower down readers differ (uniformity).',
      },
      plane: {
        heading: 'Read the plane',
        say: 'Open the definition under the chart. Alignment alone is no merit: a model that says the same about everybody has it too, at the upper left.',
      },
      weight: { heading: 'Now with contrast', say: 'Set “Contrast weight” to 1.' },
      together: {
        heading: 'Drawn together, pushed apart',
        say: 'Press “Start training”. After as many epochs the dot is further to the left and lower: the views agree better, and readers are spread more evenly.',
      },
      change: {
        heading: 'A harder second view',
        say: 'Set “Second view” to “Data augmentation (changed sequence)”, under “Advanced”: the second view now sees a cropped, masked or reordered history.',
      },
      changed: {
        heading: 'Changed histories',
        say: 'Press “Start training”. The views of a changed history lie further apart than those that differ in dropout and noise alone: there is more to be learnt from, and more that does not match.',
      },
      compare: {
        heading: 'What it buys',
        say: 'All runs by their best epoch. Contrast makes the latent hold more nats (KL), but on this small shop the ranking is hardly another. On the paper’s Office log a light contrast does help; see docs/results.md.',
      },
    },
  },
  tail: {
    title: 'The long tail',
    about: 'Three minutes: who is served by a collapsed model, by a sound one, and by one with contrast.',
    steps: {
      load: { heading: 'Load the example', say: 'Press “Load example”. A few of its 300 books are read often, many hardly ever.' },
      ill: { heading: 'A collapsed model', say: 'Press “Start training” and wait for four epochs.' },
      nobody: {
        heading: 'Nobody finds a rare book',
        say: 'Each row is a group of readers, by how often the book that they read next occurs in training. The collapsed model has its hits in the last row alone, just as popularity has.',
      },
      counted: {
        heading: 'What is counted',
        say: 'Open the definition under the chart: there are two ways to say how common an answer is.',
      },
      sound: {
        heading: 'A sound model',
        say: 'Now train the same model with a KL weight of 0.01 (“Do it for me” sets and starts it), and watch the first row.',
      },
      beside: {
        heading: 'Beside the collapsed one',
        say: 'Choose the first run under “Compare with”. All rows gain, but for the readers of rarer books it is all or nothing: of those whose next book occurs 10 to 19 times, more than a third now find it among the first 40; the collapsed model found none.',
      },
      posterior: {
        heading: 'What the posterior holds',
        say: 'The two other charts are those of Figure 3 in the paper: does the posterior vanish for some groups only? Open the definition of the KL by group.',
      },
      contrast: {
        heading: 'And with contrast?',
        say: 'Train with two views and a contrast weight of 1 (“Do it for me”), and look at the rows above after each epoch.',
      },
      end: {
        heading: 'What remains',
        say: 'With contrast the rarer books are found sooner: after four epochs clearly more of them than by the model before after as many. Given more epochs the two come out about alike on this shop, so choose the second run under “Compare with” once the training is over, and see for yourself.',
      },
    },
  },
}

const CHINESE: Courses = {
  collapse: {
    title: '觀察 VAE 塌縮',
    about: '兩分鐘：一個單純的變分自編碼器在您的分頁中訓練，潛在空間就在眼前失去作用。',
    steps: {
      load: {
        heading: '載入範例',
        say: '按「載入範例」：這是一家生成的書店，有一千位讀者與八種類型，因此我們知道模型能學到什麼。',
      },
      model: {
        heading: '單純的 VAE',
        say: '表單現在是一個 16 維潛在空間的單純 VAE：每位讀者只有一個視圖、沒有對比項，KL 權重在十輪內升到 1，與教科書的 ELBO 相同。它本身並沒有任何錯誤。',
      },
      start: { heading: '開始訓練', say: '按「開始訓練」。' },
      price: {
        heading: 'KL 越來越貴',
        say: 'KL 權重逐步上升，加權後的 KL 也跟著上升。在解碼器學會使用潛在變數之前，丟掉它們是最快的下降途徑。總損失照樣下降：光看損失，看不出出了問題。',
      },
      units: {
        heading: '維度一個個熄滅',
        say: '活躍維度是平均值會因讀者而異的維度。第一輪之後 16 個維度幾乎都活躍；再過兩輪，最多只剩一個。編碼器對每個人說的話都一樣了。',
      },
      information: {
        heading: '什麼都不知道',
        say: '互資訊是潛在變數透露「屬於誰」的多寡，它隨著活躍維度一起消失。請打開圖下的定義，看看它為何有上限。',
      },
      everybody: {
        heading: '每個人得到同一份清單',
        say: '解碼器對讀者一無所知時，只能推薦熱門的書。驗證正是如此：模型落在虛線上。這就是後驗塌縮；課程「治好它」會嘗試各種補救。',
      },
    },
  },
  cure: {
    title: '治好它：KL 權重、自由位元、對比',
    about: '三分鐘：先看塌縮的模型，再逐一嘗試三種補救，最後並列比較。其中一種幾乎沒有用。',
    steps: {
      load: { heading: '載入範例', say: '按「載入範例」。' },
      ill: { heading: '病人', say: '按「開始訓練」。四輪之後幾乎沒有活躍維度。' },
      weight: {
        heading: '補救一：較輕的 KL',
        say: '把「KL 權重」設為 0.01：每 1 nat 的 KL 只花百分之一 nat，區分讀者便划算了。',
      },
      lighter: {
        heading: '維度留下來了',
        say: '再按「開始訓練」。所有維度都保持活躍，互資訊超過 2 nat，排序也遠勝熱門度。代價是：後驗遠離先驗，從先驗抽樣不再像讀者。',
      },
      bits: {
        heading: '補救二：自由位元',
        say: '把「KL 權重」改回 1，並在「進階」中把「自由位元」設為 0.05：每個維度有 0.05 nat 不計代價。',
      },
      few: {
        heading: '看似健康的 KL',
        say: '按「開始訓練」。五輪之後，KL 是病人的好幾倍，但活躍維度很少甚至沒有，互資訊也接近 0：免費的 nat 對每個人都一樣。KL 大於 0 並不代表潛在空間還活著。之後維度會慢慢恢復；設為 0.3 則從未離開。不妨一試。',
      },
      pair: {
        heading: '補救三：對比',
        say: '把「自由位元」設為 0、「第二個視圖」設為模型增強、「對比權重」設為 1。同一位讀者的兩個視圖會被拉近，與其他讀者的則被推遠。',
      },
      contrast: {
        heading: '對比撐住了',
        say: '按「開始訓練」。即使 KL 權重全開，幾乎所有維度仍然活躍，排序也保持在熱門度的兩倍以上；但互資訊不斷流失，剩下不到第一輪後的一半。真正有用的是對比：兩個視圖但對比權重為 0 時，會和病人一樣塌縮。',
      },
      compare: {
        heading: '並列比較',
        say: '本課各次訓練以其最佳輪次列出：請對照活躍維度、互資訊與 NDCG@20。在這家書店，較輕的 KL 效果最好；各種補救也可以併用。',
      },
    },
  },
  views: {
    title: '兩個視圖：對比的是什麼',
    about: '三分鐘：第二個視圖是什麼，對比項又對潛在變數做了什麼，有好有壞。',
    steps: {
      load: { heading: '載入範例', say: '按「載入範例」。' },
      two: {
        heading: '一位讀者的兩個視圖',
        say: 'ContrastVAE 對每位讀者看兩次；這裡的第二個視圖經過同一個編碼器，但 dropout 與雜訊不同。對比項要問：批次裡的所有視圖中，哪一個屬於同一位讀者？它的權重目前還是 0。',
      },
      apart: {
        heading: '沒有對比',
        say: '按「開始訓練」。每個點是一輪：越靠左，同一位讀者的兩個視圖越一致（對齊度）；越往下，讀者之間越不同（均勻度）。',
      },
      plane: {
        heading: '讀懂這個平面',
        say: '請打開圖下的定義。只有對齊不算好事：對每個人說同樣話的模型也很對齊，它在左上方。',
      },
      weight: { heading: '加上對比', say: '把「對比權重」設為 1。' },
      together: {
        heading: '拉近與推遠',
        say: '按「開始訓練」。經過同樣的輪數，點更靠左也更低：兩個視圖更一致，讀者也分布得更均勻。',
      },
      change: {
        heading: '更難的第二個視圖',
        say: '在「進階」中把「第二個視圖」設為資料增強（改動序列）：第二個視圖看到的是裁切、遮罩或重排過的歷史。',
      },
      changed: {
        heading: '改動過的歷史',
        say: '按「開始訓練」。改動過的歷史，兩個視圖相距比只有 dropout 與雜訊不同時更遠：能學的更多，對不上的也更多。',
      },
      compare: {
        heading: '換來了什麼',
        say: '各次訓練以其最佳輪次列出。對比使潛在變數承載更多 nat（KL），但在這家小書店，排序幾乎沒有差別。在論文的 Office 紀錄上，輕量的對比確實有幫助；見 docs/results.md。',
      },
    },
  },
  tail: {
    title: '長尾',
    about: '三分鐘：塌縮的模型、健全的模型與加上對比的模型，各自服務了誰。',
    steps: {
      load: { heading: '載入範例', say: '按「載入範例」。300 本書中，少數常有人讀，許多幾乎沒人讀。' },
      ill: { heading: '塌縮的模型', say: '按「開始訓練」，等四輪。' },
      nobody: {
        heading: '沒有人找得到冷門書',
        say: '每一列是一組讀者，依他們接下來所讀的書在訓練資料中出現的次數分組。塌縮的模型和熱門度一樣，命中都只落在最後一列。',
      },
      counted: { heading: '怎麼計數', say: '請打開圖下的定義：答案有多常見，有兩種算法。' },
      sound: {
        heading: '健全的模型',
        say: '現在以 0.01 的 KL 權重訓練同一個模型（「替我做」會設定並開始），並注意第一列。',
      },
      beside: {
        heading: '與塌縮的模型對照',
        say: '在「比較對象」中選擇第一次訓練。各列都有進步，但對較冷門的書而言是從無到有：下一本書出現 10 到 19 次的讀者，現在超過三分之一能在前 40 名中找到它；塌縮的模型一本也沒找到。',
      },
      posterior: {
        heading: '後驗承載了什麼',
        say: '另外兩張圖即論文的圖 3：後驗是否只在某些組別消失？請打開分組 KL 的定義。',
      },
      contrast: {
        heading: '加上對比呢？',
        say: '以兩個視圖、對比權重 1 訓練（「替我做」），並在每一輪之後觀察上方各列。',
      },
      end: {
        heading: '留下什麼',
        say: '加上對比，較冷門的書更早被找到：同樣四輪之後，明顯多於前一個模型。再多幾輪，兩者在這家書店大致相同；訓練結束後，請在「比較對象」中選擇第二次訓練，親自看看。',
      },
    },
  },
}

export const lessons = both(
  {
    heading: 'Lessons',
    lead: 'Watch a VAE collapse, and cure it; with links for a class.',
    begin: 'Begin',
    beginOne: (title: string) => `Begin the lesson “${title}”`,
    progress: (step: number, steps: number) => `Step ${count(step)} of ${count(steps)}`,
    doIt: 'Do it for me',
    next: 'Next',
    skip: 'Skip',
    back: 'Back',
    show: 'Show where',
    leave: 'Leave',
    finish: 'Finish',
    waits: {
      read: '',
      loaded: 'Goes on when data is loaded.',
      set: 'Goes on when it is set.',
      started: 'Goes on when the training begins.',
      epoch: 'Goes on by itself when training has come that far.',
      opened: 'Goes on when the definition is open.',
      chosen: 'Goes on when you have chosen.',
    },
    hiddenPanels: (panels: number) => `This page’s link hides ${panels === 1 ? 'one panel' : `${count(panels)} panels`}.`,
    showAll: 'Show all',
    panels: {
      data: 'Data',
      configuration: 'Configuration',
      map: 'Latent map',
      loss: 'Loss by term',
      validation: 'Validation',
      sequence: 'Try it',
      posterior: 'Posterior',
      epochs: 'Collapse, epoch by epoch',
      groups: 'Rare and common answers',
      runs: 'Runs side by side',
      compare: 'Compare remedies',
    },
    link: {
      heading: 'Make a link for your class',
      how: 'Whoever opens the link has this configuration and seed, this lesson at this step, and does not see what you tick.',
      lesson: 'Lesson',
      none: 'No lesson',
      step: 'At step',
      hide: 'Hide from the class',
      address: 'Link',
      copy: 'Copy the link',
      copied: 'The link is copied.',
      notCopied: 'The browser does not allow copying; select the link and copy it by hand.',
    },
    courses: ENGLISH,
  },
  {
    heading: '課程',
    lead: '觀察 VAE 塌縮，再治好它；可為班級產生連結。',
    begin: '開始',
    beginOne: (title: string) => `開始課程「${title}」`,
    progress: (step: number, steps: number) => `第 ${count(step)} 步，共 ${count(steps)} 步`,
    doIt: '替我做',
    next: '下一步',
    skip: '略過',
    back: '上一步',
    show: '指出位置',
    leave: '離開',
    finish: '完成',
    waits: {
      read: '',
      loaded: '載入資料後會自動繼續。',
      set: '設定完成後會自動繼續。',
      started: '開始訓練後會自動繼續。',
      epoch: '訓練到該輪後會自動繼續。',
      opened: '打開定義後會自動繼續。',
      chosen: '選擇後會自動繼續。',
    },
    hiddenPanels: (panels: number) => `此連結隱藏了 ${count(panels)} 個面板。`,
    showAll: '全部顯示',
    panels: {
      data: '資料',
      configuration: '設定',
      map: '潛在空間地圖',
      loss: '各項損失',
      validation: '驗證',
      sequence: '試試看',
      posterior: '後驗分布',
      epochs: '逐輪觀察塌縮',
      groups: '冷門與熱門的答案',
      runs: '訓練並列比較',
      compare: '比較補救方法',
    },
    link: {
      heading: '為班級產生連結',
      how: '開啟連結的人會得到相同的設定與亂數種子、停在此課程的此一步，並且看不到您勾選的面板。',
      lesson: '課程',
      none: '不使用課程',
      step: '從第幾步開始',
      hide: '對班級隱藏',
      address: '連結',
      copy: '複製連結',
      copied: '連結已複製。',
      notCopied: '瀏覽器不允許複製；請選取連結後手動複製。',
    },
    courses: CHINESE,
  },
)
