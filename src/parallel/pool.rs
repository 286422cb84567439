//! The threads that share the work.
//!
//! In: how many. Out: rayon's pool, of which the calling thread is one, so that nobody waits idly for the others.

use rayon_core::{ThreadPoolBuildError, ThreadPoolBuilder};
use thiserror::Error;

/// Why there is no such pool: one sentence.
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
    Start(#[from] ThreadPoolBuildError),
}

/// Threads that this machine runs at a time.
pub fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Number of threads that share the work.
pub fn threads() -> usize {
    rayon_core::current_num_threads()
}

/// Shares all work among `count` threads from here on, the calling one included; `None` takes what `RAYON_NUM_THREADS` says, or as many as
/// the machine runs at a time. To be called once, before any work.
pub fn set_threads(count: Option<usize>) -> Result<(), PoolError> {
    let available = available();
    match count {
        Some(0) => return Err(PoolError::None),
        Some(wanted) if wanted > available => return Err(PoolError::TooMany { wanted, available }),
        _ => {}
    }
    // 0 is rayon's word for its own choice.
    let builder = ThreadPoolBuilder::new().num_threads(count.unwrap_or(0)).use_current_thread();
    Ok(builder.build_global()?)
}

/// Runs `work` with a pool of `count` threads of its own: how tests and benchmarks set one number of threads against another.
pub fn with_threads<T: Send>(count: usize, work: impl FnOnce() -> T + Send) -> Result<T, PoolError> {
    let pool = ThreadPoolBuilder::new().num_threads(count).build()?;
    Ok(pool.install(work))
}
