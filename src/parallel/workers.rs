//! The pool in a browser, whose threads are workers that the page's own script starts.
//!
//! In: workers that share this module's memory and wait here. Out: rayon's pool, each of whose threads is taken up by one of them.
//! The workers come first: a script that waits for the pool cannot start any.

use std::{
    collections::VecDeque,
    io,
    sync::{Condvar, Mutex, PoisonError},
};

use rayon_core::{ThreadBuilder, ThreadPoolBuilder};

use super::pool::PoolError;

/// Threads that no worker has taken up yet.
static THREADS: Mutex<VecDeque<ThreadBuilder>> = Mutex::new(VecDeque::new());
/// Told when there is one more.
static ONE_MORE: Condvar = Condvar::new();

/// Takes up a thread of the pool and is that thread until the module ends. To be called in each worker.
pub(crate) fn run_worker() {
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let thread = loop {
        match threads.pop_front() {
            Some(thread) => break thread,
            None => threads = ONE_MORE.wait(threads).unwrap_or_else(PoisonError::into_inner),
        }
    };
    drop(threads);
    thread.run();
}

/// Shares all work among the calling thread and `count - 1` workers, which wait in [`run_worker`] already.
pub(crate) fn set_threads_of_workers(count: usize) -> Result<(), PoolError> {
    if count == 0 {
        return Err(PoolError::None);
    }
    let hand_over = |thread: ThreadBuilder| -> io::Result<()> {
        THREADS.lock().unwrap_or_else(PoisonError::into_inner).push_back(thread);
        ONE_MORE.notify_one();
        Ok(())
    };
    let builder = ThreadPoolBuilder::new().num_threads(count).use_current_thread();
    Ok(builder.spawn_handler(hand_over).build_global()?)
}
