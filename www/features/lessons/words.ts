// The words of the lessons. A claim about a model is held to what comes out by `tests/training/lessons.rs`, which trains the same configurations.
// What comes before an experiment (`heading`, `ask`, `say`) never tells how it ends; `explain` does.

import { count, decimal } from '../../shell/format'
import type { ConfigurationName, LessonId } from './lesson'
import type { Measure } from './measure'
import { CHINESE } from './words-zh-hant'
import { ENGLISH } from './words-en'
import { both } from '../../shell/text/both'

export interface StepWords {
  heading: string
  /** The question before the experiment, and its answers if there are several. */
  ask?: string
  options?: Record<string, string>
  /** What to do. */
  say?: string
  /** What it shows, told when it is done. */
  explain?: string
}

export interface CourseWords {
  title: string
  /** The question that it asks. */
  about: string
  /** Charts and notions that the class sees. */
  shows: string
  steps: Record<string, StepWords>
}

export type Courses = Record<LessonId, CourseWords>

/** A measured or guessed number as people read it. */
type Said = Record<Measure, (value: number) => string>

const SAID: Said = {
  active: (value) => `${count(value)} active units`,
  information: (value) => `${decimal(value, 2)} nats`,
  alignment: (value) => decimal(value, 2),
  ndcg: (value) => `NDCG@20 ${decimal(value, 2)}`,
  popularity: (value) => `${count(value)} of 100`,
  rare: (value) => `${count(value)} of 100`,
  median: (value) => `${decimal(value, 1)} items`,
}

const SAID_CHINESE: Said = {
  active: (value) => `${count(value)} 個活躍維度`,
  information: (value) => `${decimal(value, 2)} nat`,
  alignment: (value) => decimal(value, 2),
  ndcg: (value) => `NDCG@20 ${decimal(value, 2)}`,
  popularity: (value) => `每 100 位有 ${count(value)} 位`,
  rare: (value) => `每 100 位有 ${count(value)} 位`,
  median: (value) => `${decimal(value, 1)} 個項目`,
}

const RUNS: Record<ConfigurationName, string> = {
  small: 'ContrastVAE',
  collapse: 'KL weight 1',
  lighter: 'KL weight 0.01',
  few_free_bits: 'Free bits 0.05',
  free_bits: 'Free bits 0.3',
  no_contrast: 'Two views, no contrast',
  contrast: 'Contrast, KL rising',
  contrast_at_once: 'Contrast, KL weight 1 at once',
  apart: 'Without contrast',
  together: 'Contrast, KL weight 0.01',
  changed: 'Changed histories',
}

const RUNS_CHINESE: Record<ConfigurationName, string> = {
  small: 'ContrastVAE',
  collapse: 'KL 權重 1',
  lighter: 'KL 權重 0.01',
  few_free_bits: '自由位元 0.05',
  free_bits: '自由位元 0.3',
  no_contrast: '兩個視角，無對比',
  contrast: '對比，KL 漸增',
  contrast_at_once: '對比，KL 權重一開始就是 1',
  apart: '沒有對比',
  together: '對比，KL 權重 0.01',
  changed: '改動過的歷史',
}

export const lessons = both(
  {
    heading: 'Lessons',
    lead: 'Guess, run, see why.',
    takes: (minutes: number, steps: number) => `${count(minutes)} min · ${count(steps)} steps`,
    shows: (what: string) => `You see: ${what}.`,
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
    done: 'Done',
    answer: 'Answer',
    yourAnswer: 'Your answer',
    answerOf: (heading: string) => `Your answer to “${heading}”`,
    skipQuestion: 'Skip the question',
    guessed: (answer: string) => `You said: ${answer}`,
    measured: (value: string) => `Measured: ${value}`,
    right: (answer: string) => `Answer: ${answer}`,
    said: SAID,
    runs: RUNS,
    waits: {
      read: '',
      answered: '',
      loaded: 'Waits until data is loaded.',
      set: 'Waits until it is set.',
      started: 'Waits until training begins.',
      epoch: 'Waits until training has come that far.',
      trained: 'Waits until training has come that far.',
      ranked: 'Waits until the baselines are ranked.',
      opened: 'Waits until the definition is open.',
      beside: 'Waits until you have chosen.',
      tried: 'Waits until there is a history.',
    },
    hiddenPanels: (panels: number) => `This page’s link hides ${panels === 1 ? 'one panel' : `${count(panels)} panels`}.`,
    loadedByLink: 'The link hides “Data”, so the example was loaded by itself.',
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
    sheet: {
      open: 'Teacher’s sheet',
      openOne: (title: string) => `Teacher’s sheet of “${title}”`,
      heading: (title: string) => `Teacher’s sheet: ${title}`,
      how: 'Expected values were measured with the generated example and seed 42; other seeds differ a little.',
      step: 'Step',
      question: 'Question',
      expected: 'Expected',
      answer: 'Short answer',
      own: 'Depends on the log; with the second example: ',
      print: 'Print',
      close: 'Close',
    },
    link: {
      heading: 'Make a link for your class',
      how: 'Whoever opens it has this configuration and seed, this lesson at this step, and does not see what you tick.',
      lesson: 'Lesson',
      none: 'No lesson',
      step: 'At step',
      stage: 'At stage',
      hide: 'Hide from the class',
      language: 'Language',
      theirs: 'As each browser prefers',
      slow: 'Slow motion',
      address: 'Link',
      copy: 'Copy the link',
      copied: 'The link is copied.',
      notCopied: 'The browser does not allow copying; select the link and copy it by hand.',
    },
    courses: ENGLISH,
  },
  {
    heading: '教學單元',
    lead: '先猜、再做、再問為什麼。',
    takes: (minutes, steps) => `${count(minutes)} 分鐘 · ${count(steps)} 步`,
    shows: (what) => `會看到：${what}。`,
    begin: '開始',
    beginOne: (title: string) => `開始教學單元「${title}」`,
    progress: (step: number, steps: number) => `第 ${count(step)} 步，共 ${count(steps)} 步`,
    doIt: '幫我操作',
    next: '下一步',
    skip: '略過',
    back: '上一步',
    show: '指出位置',
    leave: '離開',
    finish: '完成',
    done: '完成',
    answer: '回答',
    yourAnswer: '您的答案',
    answerOf: (heading: string) => `您對「${heading}」的答案`,
    skipQuestion: '略過問題',
    guessed: (answer: string) => `您的答案：${answer}`,
    measured: (value: string) => `實測：${value}`,
    right: (answer: string) => `答案：${answer}`,
    said: SAID_CHINESE,
    runs: RUNS_CHINESE,
    waits: {
      read: '',
      answered: '',
      loaded: '等待載入資料。',
      set: '等待設定完成。',
      started: '等待訓練開始。',
      epoch: '等待訓練到該輪。',
      trained: '等待訓練到該輪。',
      ranked: '等待基準方法排名完成。',
      opened: '等待打開定義。',
      beside: '等待您選擇。',
      tried: '等待建立歷史。',
    },
    hiddenPanels: (panels: number) => `此連結隱藏了 ${count(panels)} 個面板。`,
    loadedByLink: '此連結隱藏了「資料」，因此已自動載入範例。',
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
      runs: '各次訓練並列比較',
      compare: '比較補救方法',
    },
    sheet: {
      open: '教師用單',
      openOne: (title: string) => `「${title}」的教師用單`,
      heading: (title: string) => `教師用單：${title}`,
      how: '預期值以生成的範例與隨機種子 42 實測；其他種子略有不同。',
      step: '步驟',
      question: '問題',
      expected: '預期值',
      answer: '簡答',
      own: '依紀錄而定；第二個範例為：',
      print: '列印',
      close: '關閉',
    },
    link: {
      heading: '為班級產生連結',
      how: '開啟連結的人會得到相同的設定與隨機種子、停在此單元的此一步，並且看不到您勾選的面板。',
      lesson: '教學單元',
      none: '不使用教學單元',
      step: '從第幾步開始',
      stage: '從哪個階段開始',
      hide: '對班級隱藏',
      language: '語言',
      theirs: '依各自的瀏覽器',
      slow: '慢動作',
      address: '連結',
      copy: '複製連結',
      copied: '連結已複製。',
      notCopied: '瀏覽器不允許複製；請選取連結後手動複製。',
    },
    courses: CHINESE,
  },
)
