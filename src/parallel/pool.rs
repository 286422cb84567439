//! The threads that share the work.
//!
//! In: how many. Out: a [`Team`], of which the calling thread is one, so that nobody waits idly for the others.

use std::{
    cell::RefCell,
    io,
    num::NonZero,
    sync::{Arc, OnceLock},
    thread,
};

use thiserror::Error;

use super::team::Team;

/// Why there are no such threads: one sentence.
#[derive(Debug, Error)]
pub enum PoolError {
    /// No thread at all.
    #[error("The number of threads is 0; it must be at least 1.")]
    None,
    /// More than can run at a time, which would only be slower.
    #[error("{wanted} threads were asked for, but this machine runs {available} at a time; ask for at most {available}.")]
    TooMany {
        /// Threads asked for.
        wanted: usize,
        /// Threads that the machine runs at a time.
        available: usize,
    },
    /// The system refused.
    #[error("The threads could not be started: {0}")]
    Start(#[from] io::Error),
    /// Work was shared before the number was set.
    #[error("The number of threads was set already.")]
    Set,
}

/// A team and how many threads it has, the calling one included.
#[derive(Clone)]
pub(super) struct Pool {
    pub(super) team: Arc<Team>,
    pub(super) threads: usize,
}

/// The pool of this program.
static POOL: OnceLock<Pool> = OnceLock::new();

thread_local! {
    /// The pool of [`with_threads`], in the place of the program's.
    static OWN: RefCell<Option<Pool>> = const { RefCell::new(None) };
}

/// Threads that this machine runs at a time.
pub fn available() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Number of threads that share the work.
pub fn threads() -> usize {
    present().map_or(1, |pool| pool.threads)
}

/// The pool that shares the work of this thread; none where it works alone.
pub(super) fn present() -> Option<Pool> {
    OWN.with_borrow(Clone::clone)
        .or_else(|| POOL.get().cloned())
        .filter(|pool| pool.threads > 1)
}

/// Shares all work among `count` threads from here on, the calling one included; `None` takes what `RAYON_NUM_THREADS` says, or as many as
/// the machine runs at a time. To be called once, before any work; without it a program works on one thread.
pub fn set_threads(count: Option<usize>) -> Result<(), PoolError> {
    let available = available();
    let count = match count {
        Some(0) => return Err(PoolError::None),
        Some(wanted) if wanted > available => return Err(PoolError::TooMany { wanted, available }),
        Some(count) => count,
        None => of_environment().unwrap_or(available),
    };
    set(start(count)?)
}

/// Number in `RAYON_NUM_THREADS`: a name that scripts and schedulers know, where 0 stands for no choice.
fn of_environment() -> Option<usize> {
    let count: usize = std::env::var("RAYON_NUM_THREADS").ok()?.trim().parse().ok()?;
    (count > 0).then_some(count)
}

/// Makes a pool that of this program.
pub(super) fn set(pool: Pool) -> Result<(), PoolError> {
    POOL.set(pool).map_err(|_| PoolError::Set)
}

/// A pool of `count` threads, of which `count - 1` are started here.
fn start(count: usize) -> Result<Pool, PoolError> {
    let pool = Pool {
        team: Arc::new(Team::new()),
        threads: count,
    };
    for _ in 1..count {
        let team = pool.team.clone();
        if let Err(error) = thread::Builder::new().spawn(move || team.serve()) {
            pool.team.end();
            return Err(error.into());
        }
    }
    Ok(pool)
}

/// Runs `work` with `count` threads of its own: how tests and benchmarks set one number of threads against another.
pub fn with_threads<T>(count: usize, work: impl FnOnce() -> T) -> Result<T, PoolError> {
    /// Gives the threads back, whatever comes of the work.
    struct Ends(Option<Pool>);
    impl Drop for Ends {
        fn drop(&mut self) {
            if let Some(pool) = OWN.replace(self.0.take()) {
                pool.team.end();
            }
        }
    }
    let ends = Ends(OWN.replace(Some(start(count)?)));
    let result = work();
    drop(ends);
    Ok(result)
}
