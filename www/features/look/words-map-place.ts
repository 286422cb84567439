// Words on maps by landmarks: what is laid out, what is placed, and of when.

import { count } from '../../shell/format'
import { both } from '../../shell/text/both'

export const mapPlace = both(
  {
    landmarks: 'Landmarks at most',
    laid: (landmarks: number, rows: number) =>
      `${count(landmarks)} of the ${count(rows)} dots are laid out as landmarks, one drawn from each of as many equal parts of the list; every other dot stands at the weighted mean of its five nearest landmarks.`,
    sampled: (rows: number, total: number, what: string) =>
      `The map has ${count(rows)} of ${count(total)} ${what.toLowerCase()}, evenly chosen.`,
    moment: (name: string, landmarks: number, laid: number, step: number) =>
      `${name} of ${count(landmarks)} landmarks after step ${count(laid)}; the dots are those after step ${count(step)}, each at the weighted mean of its five nearest landmarks.`,
    quality: (kept: string, trust: string) =>
      `Among the landmarks ${kept} of the ten nearest in the full space are among the ten nearest here; trustworthiness ${trust}, where 1 is best and 0.5 chance.`,
    placedQuality: (kept: string, trust: string) => `Of the dots placed it is ${kept}, trustworthiness ${trust}.`,
    early: 'After the first steps',
    ask: 'Place the present latents',
    askHow: 'Reads the latents of all as they are now, which takes a while of so many, and places them into this map.',
  },
  {
    landmarks: '地標上限',
    laid: (landmarks, rows) =>
      `${count(rows)} 個點中有 ${count(landmarks)} 個作為地標排列，從清單等分的每一段各抽一個；其餘各點位於最近五個地標的加權平均。`,
    sampled: (rows, total, what) => `地圖上有 ${count(total)} 個${what}中均勻取出的 ${count(rows)} 個。`,
    moment: (name, landmarks, laid, step) =>
      `第 ${count(laid)} 步之後 ${count(landmarks)} 個地標的 ${name}；各點為第 ${count(step)} 步之後的，位於最近五個地標的加權平均。`,
    quality: (kept, trust) =>
      `在地標之間，完整空間中最近的十個點有 ${kept} 也在此處最近的十個之中；可信度為 ${trust}（最佳為 1，隨機約 0.5）。`,
    placedQuality: (kept, trust) => `放入的點則為 ${kept}，可信度 ${trust}。`,
    early: '最初幾步之後',
    ask: '放入目前的潛在向量',
    askHow: '讀取所有點目前的潛在向量（數量多時需要一些時間），並放入這張地圖。',
  },
)
