//! The team in a browser, whose threads are workers that the page's own script starts.
//!
//! In: workers that share this module's memory. Out: a pool whose threads they are. The workers come first: a script that waits for the pool
//! cannot start any.

use std::sync::{Arc, LazyLock};

use super::{
    pool::{Pool, PoolError, set},
    team::Team,
};

/// The team that every worker of this module joins.
static TEAM: LazyLock<Arc<Team>> = LazyLock::new(|| Arc::new(Team::new()));

/// Makes the calling worker a thread of the team until the module ends. To be called in each worker.
pub(crate) fn run_worker() {
    TEAM.serve();
}

/// Shares all work among the calling thread and `count - 1` workers, which wait in [`run_worker`] already.
pub(crate) fn set_threads_of_workers(count: usize) -> Result<(), PoolError> {
    if count == 0 {
        return Err(PoolError::None);
    }
    set(Pool {
        team: TEAM.clone(),
        threads: count,
    })
}
