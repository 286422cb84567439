//! A team of threads that share one loop after another.
//!
//! In: a loop, as something that every thread may call. Out: all pieces are done. The calling thread takes part; the others spin for a
//! moment after each loop, since in a training step the next one comes within microseconds, and sleep only then. Waking a thread costs 50 to
//! 100 microseconds, a fifth to a third of the median loop, which is what a pool that sleeps at once loses with every loop.

use std::{
    any::Any,
    hint::spin_loop,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
};

/// Looks at a number before a thread goes to sleep: about a tenth of a millisecond, where one look is a pause of the processor and where it is not.
const LOOKS: u32 = if cfg!(target_arch = "wasm32") { 40_000 } else { 4_000 };

/// Work of each thread of a team on a loop: piece after piece until there is none left.
type Part<'a> = dyn Fn() + Sync + 'a;

/// A loop that is open to threads.
#[derive(Clone, Copy)]
struct Open(&'static Part<'static>);

struct State {
    open: Option<Open>,
    sleeping: usize,
    /// Whether the caller sleeps until the last thread is done.
    awaited: bool,
    over: bool,
    panic: Option<Box<dyn Any + Send>>,
}

/// Threads and the loop that they share.
pub(crate) struct Team {
    state: Mutex<State>,
    /// Number of the latest loop, so that a spinning thread sees the next one.
    number: AtomicU32,
    /// Threads at work on the open loop, the caller apart. Changed under the lock.
    active: AtomicUsize,
    /// A loop is under way; another one runs on its own thread alone.
    busy: AtomicBool,
    more: Condvar,
    done: Condvar,
}

impl Team {
    pub(crate) const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                open: None,
                sleeping: 0,
                awaited: false,
                over: false,
                panic: None,
            }),
            number: AtomicU32::new(0),
            active: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
            more: Condvar::new(),
            done: Condvar::new(),
        }
    }

    /// The state; a thread that panicked left it whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `part` on this thread and on each other that comes in time, and returns when all have returned. False, and nothing is called, while
    /// another loop is under way: one within a piece of it, or that of another caller.
    pub(crate) fn share(&self, part: &Part<'_>) -> bool {
        if self.busy.swap(true, Ordering::Acquire) {
            return false;
        }
        // SAFETY: only the lifetime changes. Threads call `part` while they are counted in `active`, none is counted any more once
        // `Shared` was dropped, and that happens before this function returns or unwinds.
        let open = Open(unsafe { std::mem::transmute::<&Part<'_>, &'static Part<'static>>(part) });
        let sleepers = {
            let mut state = self.state();
            state.open = Some(open);
            self.number.fetch_add(1, Ordering::Release);
            state.sleeping > 0
        };
        if sleepers {
            self.more.notify_all();
        }
        let shared = Shared(self);
        part();
        drop(shared);
        let panic = self.state().panic.take();
        self.busy.store(false, Ordering::Release);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
        true
    }

    /// Lets no thread in any more and waits for those that are.
    fn close(&self) {
        self.state().open = None;
        for _ in 0..LOOKS {
            if self.active.load(Ordering::Acquire) == 0 {
                return;
            }
            spin_loop();
        }
        let mut state = self.state();
        state.awaited = true;
        while self.active.load(Ordering::Acquire) > 0 {
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.awaited = false;
    }

    /// Makes the calling thread one of the team; returns once [`Team::end`] was called.
    pub(crate) fn serve(&self) {
        let mut seen = self.number.load(Ordering::Acquire);
        loop {
            let Some(open) = self.next(&mut seen) else { return };
            let outcome = catch_unwind(AssertUnwindSafe(open.0));
            let mut state = self.state();
            if let Err(panic) = outcome {
                state.panic = Some(panic);
            }
            if self.active.fetch_sub(1, Ordering::Release) == 1 && state.awaited {
                self.done.notify_one();
            }
        }
    }

    /// Waits for a loop that is open and enters it; `None` at the end. `seen` is the number of the loop looked at last.
    fn next(&self, seen: &mut u32) -> Option<Open> {
        loop {
            for _ in 0..LOOKS {
                if self.number.load(Ordering::Acquire) != *seen {
                    break;
                }
                spin_loop();
            }
            let mut state = self.state();
            while self.number.load(Ordering::Acquire) == *seen {
                if state.over {
                    return None;
                }
                state.sleeping += 1;
                state = self.more.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.sleeping -= 1;
            }
            *seen = self.number.load(Ordering::Acquire);
            // One that comes too late waits for the next.
            if let Some(open) = state.open {
                self.active.fetch_add(1, Ordering::Acquire);
                return Some(open);
            }
        }
    }

    /// Ends the threads of the team.
    pub(crate) fn end(&self) {
        self.state().over = true;
        self.more.notify_all();
    }
}

/// A loop under way on the caller's thread, which must not leave it before the others have.
struct Shared<'a>(&'a Team);

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        self.0.close();
        if std::thread::panicking() {
            // The caller's own panic goes on; that of another thread would come out of the next loop.
            self.0.state().panic = None;
            self.0.busy.store(false, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `work` with a team of `others` threads beside this one.
    fn with_team(others: usize, work: impl FnOnce(&Team)) {
        let team = Team::new();
        std::thread::scope(|scope| {
            for _ in 0..others {
                scope.spawn(|| team.serve());
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&team)));
            team.end();
            if let Err(panic) = outcome {
                resume_unwind(panic);
            }
        });
    }

    /// Takes `count` pieces by `team`, each of which adds one to its own number.
    fn count_pieces(team: &Team, count: usize) {
        let pieces: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
        let next = AtomicUsize::new(0);
        let shared = team.share(&|| {
            while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                piece.fetch_add(1, Ordering::Relaxed);
            }
        });
        assert!(shared);
        assert!(pieces.into_iter().all(|piece| piece.into_inner() == 1));
    }

    #[test]
    fn every_piece_of_many_loops_is_taken_once() {
        for others in [0, 1, 2, 6] {
            with_team(others, |team| {
                for count in (0..200).chain([10_000]) {
                    count_pieces(team, count);
                }
            });
        }
    }

    #[test]
    fn threads_that_sleep_come_back() {
        with_team(2, |team| {
            for _ in 0..20 {
                while team.state().sleeping < 2 {
                    std::thread::yield_now();
                }
                let came = AtomicUsize::new(0);
                team.share(&|| {
                    came.fetch_add(1, Ordering::Relaxed);
                    // The first one leaves time to the others.
                    for _ in 0..1_000_000 {
                        if came.load(Ordering::Relaxed) >= 2 {
                            break;
                        }
                        std::thread::yield_now();
                    }
                });
                assert!(came.into_inner() >= 2);
            }
        });
    }

    #[test]
    fn a_loop_within_a_loop_is_left_to_its_thread() {
        with_team(2, |team| {
            let refused = AtomicBool::new(false);
            team.share(&|| {
                if !team.share(&|| ()) {
                    refused.store(true, Ordering::Relaxed);
                }
            });
            assert!(refused.into_inner());
            count_pieces(team, 100);
        });
    }

    #[test]
    fn a_panic_in_any_thread_reaches_the_caller_and_the_team_goes_on() {
        with_team(3, |team| {
            for _ in 0..50 {
                let outcome = catch_unwind(AssertUnwindSafe(|| team.share(&|| panic!("of a piece"))));
                assert!(outcome.is_err());
                count_pieces(team, 100);
            }
        });
    }
}
