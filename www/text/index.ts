// The words of the page in the language that it is shown in.

export { en as text } from './en'
