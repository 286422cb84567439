// Words on a worker that cannot start or go on.

export const crash = {
  noWebAssembly:
    'This browser lacks parts of WebAssembly that training needs (SIMD, reference types); please update it, or use a current Chrome, Edge, Firefox or Safari.',
  noWorker:
    'The worker of this page could not be started; check the connection and reload, and if that does not help, update this browser.',
  starting: 'The model code could not be started; check the connection and reload the page.',
  noMemory: 'There is not enough memory for the model code; close other tabs or programs and reload the page.',
  why: {
    running: 'Training broke off because of a fault in the program',
    memory: 'Training broke off because this tab ran out of memory',
    device: 'The GPU failed or was taken away',
    deviceMemory: 'The GPU ran out of memory',
    deviceWrong: 'The GPU computes other numbers than the CPU',
  },
  lost: (why: string) => `${why}; load the data again to begin anew.`,
  download: (url: string, status: number) => `${url} answered with status ${status}.`,
  detail: 'What the program said',
  gone: 'The worker was restarted before it answered.',
  unpack: {
    password: (file: string) => `${file} asks for a password; save it without one, or the sheet as CSV.`,
    large: (file: string) => `${file} takes more memory than this tab has; convert it to CSV, or use the command line.`,
    damaged: (file: string) => `${file} is damaged or of an unknown kind; download or write it again, or convert it to CSV.`,
    empty: (file: string) => `${file} is a spreadsheet without a value; choose the one that holds the log.`,
    short: (file: string) => `${file} ends too early; download or pack it again.`,
    unreadable: (file: string) => `${file} cannot be read; check that it is still there and that this browser may read it.`,
    notBuilt: (file: string) =>
      `${file} needs a part of the page that is not built yet; wait for the faster build, or save the log as CSV or gzip.`,
    cancelled: () => 'Loading was cancelled; what was loaded before is still there.',
  },
}
