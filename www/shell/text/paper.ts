// Words on showing charts large, and on taking charts and tables along.

import { count } from '../format'
import { both } from './both'

export const paper = both(
  {
    menu: (chart: string) => `Show large or save: ${chart}`,
    large: 'Show large',
    svg: 'Save as SVG',
    png: 'Save as PNG',
    csv: 'Save numbers as CSV',
    tableCsv: 'Save as CSV',
    latex: 'Save as LaTeX',
    presentation: 'Presentation',
    place: (at: number, charts: number) => `${count(at)} of ${count(charts)}`,
    before: 'Back',
    after: 'Next chart',
    leave: 'Leave',
    keys: '← → or the space bar; Esc leaves',
  },
  {
    menu: (chart: string) => `放大或儲存：${chart}`,
    large: '放大顯示',
    svg: '存成 SVG',
    png: '存成 PNG',
    csv: '數值存成 CSV',
    tableCsv: '存成 CSV',
    latex: '存成 LaTeX',
    presentation: '簡報模式',
    place: (at: number, charts: number) => `第 ${count(at)} 張，共 ${count(charts)} 張`,
    before: '上一張',
    after: '下一張',
    leave: '離開',
    keys: '← → 或空白鍵換圖；Esc 離開',
  },
)
