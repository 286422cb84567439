//! Loops over independent pieces, on every core.
//!
//! In: work over a number of rows. Out: the same bits for any number of threads: work is cut into pieces by its own size alone, each
//! piece writes rows of its own, and partial sums are added in the order of their pieces.
//!
//! A team of threads takes the pieces, each the next that is left. A build without the feature `threads` takes them one after the other, on the
//! caller's thread; so does a team of one, and so does a loop within a piece. Callers name what a row costs and know nothing else of threads.

#[cfg(feature = "threads")]
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};
use std::{
    cell::{Cell, RefCell},
    mem::MaybeUninit,
    ops::Range,
};

#[cfg(feature = "threads")]
mod pool;
#[cfg(feature = "threads")]
mod team;

#[cfg(all(feature = "threads", target_arch = "wasm32"))]
mod workers;

#[cfg(feature = "threads")]
pub use pool::{PoolError, available, set_threads, threads, with_threads};
#[cfg(all(feature = "threads", target_arch = "wasm32"))]
pub(crate) use workers::{run_worker, set_threads_of_workers};

/// Most pieces that a loop is cut into. Enough for eight cores to share evenly; more would cost more partial sums.
const PIECES: usize = 16;

/// Least work of a piece in nanoseconds of one core: several times what it costs to hand a piece over.
const PIECE_NANOSECONDS: f64 = 5_000.0;

/// Numbers that are added in one piece where partial sums meet.
const SUMS: usize = 4_096;

/// Number of threads that share the work.
#[cfg(not(feature = "threads"))]
pub fn threads() -> usize {
    1
}

/// Something with rows that can be cut in two before a row: what a loop writes.
pub trait Cut: Sized + Send {
    /// The rows before `row`, and those from there on.
    fn cut(self, row: usize) -> (Self, Self);
}

/// The rows of a matrix, each of `size` values.
pub struct Rows<'a, T> {
    values: &'a mut [T],
    size: usize,
}

impl<'a, T> Rows<'a, T> {
    /// `values` as rows of `size` values each.
    pub fn new(values: &'a mut [T], size: usize) -> Self {
        Self { values, size }
    }

    /// All values, row by row.
    pub fn into_values(self) -> &'a mut [T] {
        self.values
    }
}

impl<T: Send> Cut for Rows<'_, T> {
    fn cut(self, row: usize) -> (Self, Self) {
        let (before, after) = self.values.split_at_mut(row * self.size);
        (Self::new(before, self.size), Self::new(after, self.size))
    }
}

/// Each value is a row.
impl<T: Send> Cut for &mut [T] {
    fn cut(self, row: usize) -> (Self, Self) {
        self.split_at_mut(row)
    }
}

/// Rows of different lengths.
pub struct Ragged<'a, T> {
    values: &'a mut [T],
    /// Where each row begins, and where the last one ends.
    starts: &'a [usize],
}

impl<'a, T> Ragged<'a, T> {
    /// `values` as rows that begin at `starts`, of which the last is the end of all.
    pub fn new(values: &'a mut [T], starts: &'a [usize]) -> Self {
        Self { values, starts }
    }

    /// All values, row by row.
    pub fn into_values(self) -> &'a mut [T] {
        self.values
    }
}

impl<T: Send> Cut for Ragged<'_, T> {
    fn cut(self, row: usize) -> (Self, Self) {
        let (before, after) = self.values.split_at_mut(self.starts[row] - self.starts[0]);
        (Self::new(before, &self.starts[..=row]), Self::new(after, &self.starts[row..]))
    }
}

/// Something for each piece, such as its partial sums.
pub struct PerPiece<'a, T> {
    values: &'a mut [T],
    piece: usize,
}

impl<'a, T> PerPiece<'a, T> {
    /// A value for each piece of `piece` rows.
    pub fn new(values: &'a mut [T], piece: usize) -> Self {
        Self { values, piece }
    }

    /// The value of the one piece that this was cut to.
    pub fn into_value(self) -> &'a mut T {
        &mut self.values[0]
    }
}

impl<T: Send> Cut for PerPiece<'_, T> {
    fn cut(self, row: usize) -> (Self, Self) {
        let (before, after) = self.values.split_at_mut(row / self.piece);
        (Self::new(before, self.piece), Self::new(after, self.piece))
    }
}

/// Nothing is written.
impl Cut for () {
    fn cut(self, _row: usize) -> (Self, Self) {
        ((), ())
    }
}

macro_rules! cut_together {
    ($($name:ident $one:ident $other:ident),+) => {
        impl<$($name: Cut),+> Cut for ($($name,)+) {
            fn cut(self, row: usize) -> (Self, Self) {
                #[expect(non_snake_case, reason = "each member has the name of its type")]
                let ($($name,)+) = self;
                $(let ($one, $other) = $name.cut(row);)+
                (($($one,)+), ($($other,)+))
            }
        }
    };
}

cut_together!(A a0 a1, B b0 b1);
cut_together!(A a0 a1, B b0 b1, C c0 c1);
cut_together!(A a0 a1, B b0 b1, C c0 c1, D d0 d1);

/// Rows of a piece for a loop over `rows` rows of which each takes about `nanoseconds` on one core.
pub fn piece_rows(rows: usize, nanoseconds: f64) -> usize {
    let least = (PIECE_NANOSECONDS / nanoseconds.max(1e-3)) as usize;
    rows.div_ceil(PIECES).max(least).max(1)
}

/// Calls `work` with each piece of at most `piece` rows and with what it writes of `target`, which has `rows` rows.
pub fn for_each_piece<C: Cut>(rows: usize, piece: usize, target: C, work: impl Fn(Range<usize>, C) + Sync) {
    if rows == 0 {
        return;
    }
    let piece = piece.max(1);
    match CLOCK.get() {
        None if piece >= rows => work(0..rows, target),
        None => divide(rows, piece, target, &work),
        Some(_) if INSIDE.get() => in_order(rows, piece, target, work),
        Some(clock) => timed(clock, rows, piece, target, &work),
    }
}

thread_local! {
    /// Measures pieces, if somebody asked for it.
    static CLOCK: Cell<Option<fn() -> f64>> = const { Cell::new(None) };
    /// A piece is being measured; loops within it are part of it.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// Times of the pieces of each loop.
    static LOOPS: RefCell<Vec<Vec<f64>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` on this thread alone; gives beside its result the time of each piece of each loop by `clock`. From these follows how long the same
/// work takes on more cores than a machine has, or has free.
pub fn measure_pieces<T>(clock: fn() -> f64, work: impl FnOnce() -> T) -> (T, Vec<Vec<f64>>) {
    CLOCK.set(Some(clock));
    LOOPS.take();
    let result = work();
    CLOCK.set(None);
    (result, LOOPS.take())
}

/// The pieces one after the other on this thread, each with its time.
fn timed<C: Cut>(clock: fn() -> f64, rows: usize, piece: usize, target: C, work: &(impl Fn(Range<usize>, C) + Sync)) {
    let mut times = Vec::with_capacity(rows.div_ceil(piece));
    in_order(rows, piece, target, |range, here| {
        let began = clock();
        INSIDE.set(true);
        work(range, here);
        INSIDE.set(false);
        times.push(clock() - began);
    });
    LOOPS.with_borrow_mut(|loops| loops.push(times));
}

/// The pieces one after the other.
fn in_order<C: Cut>(rows: usize, piece: usize, target: C, mut work: impl FnMut(Range<usize>, C)) {
    let (mut start, mut rest) = (0, target);
    while start + piece < rows {
        let (here, after) = rest.cut(piece);
        work(start..start + piece, here);
        (start, rest) = (start + piece, after);
    }
    work(start..rows, rest);
}

/// The pieces on every thread there is.
#[cfg(feature = "threads")]
fn divide<C: Cut>(rows: usize, piece: usize, target: C, work: &(impl Fn(Range<usize>, C) + Sync)) {
    let Some(pool) = pool::present() else {
        return in_order(rows, piece, target, work);
    };
    let mut pieces = Vec::with_capacity(rows.div_ceil(piece));
    in_order(rows, piece, target, |range, here| {
        pieces.push(Mutex::new(Some((range, here))))
    });
    let next = AtomicUsize::new(0);
    let part = || {
        while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
            // Nobody else takes it, so the lock is free.
            let taken = piece.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some((range, here)) = taken {
                work(range, here);
            }
        }
    };
    // Within a piece, or beside another caller's loop, this thread takes them all.
    if !pool.team.share(&part) {
        part();
    }
}

/// The pieces on this thread.
#[cfg(not(feature = "threads"))]
fn divide<C: Cut>(rows: usize, piece: usize, target: C, work: &(impl Fn(Range<usize>, C) + Sync)) {
    in_order(rows, piece, target, work);
}

/// The value of `work` for each piece, in the order of the pieces.
pub fn map_pieces<R: Send>(rows: usize, piece: usize, work: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let piece = piece.max(1);
    let mut results: Vec<Option<R>> = (0..rows.div_ceil(piece)).map(|_| None).collect();
    for_each_piece(results.len(), 1, results.as_mut_slice(), |index, result| {
        let start = index.start * piece;
        result[0] = Some(work(start..rows.min(start + piece)));
    });
    results.into_iter().flatten().collect()
}

/// The sum over all pieces of what `work` adds to a row of `length` zeros, added in the order of the pieces.
pub fn sum_of_pieces(rows: usize, piece: usize, length: usize, work: impl Fn(Range<usize>, &mut [f32]) + Sync) -> Vec<f32> {
    let parts = map_pieces(rows, piece, |rows| {
        let mut part = vec![0.0; length];
        work(rows, &mut part);
        part
    });
    added(parts, length)
}

/// The sum of `parts`, each of `length` values, in their order.
pub fn added(parts: Vec<Vec<f32>>, length: usize) -> Vec<f32> {
    let mut parts = parts.into_iter();
    let mut sum = parts.next().unwrap_or_else(|| vec![0.0; length]);
    let rest: Vec<Vec<f32>> = parts.collect();
    if !rest.is_empty() {
        for_each_piece(length, SUMS, sum.as_mut_slice(), |columns, sum| {
            for part in &rest {
                for (sum, value) in sum.iter_mut().zip(&part[columns.clone()]) {
                    *sum += value;
                }
            }
        });
    }
    sum
}

/// Room for `count` numbers that are not written yet.
pub fn unwritten(count: usize) -> Vec<MaybeUninit<f32>> {
    let mut room = Vec::with_capacity(count);
    // SAFETY: the capacity is at least `count`, and a value that may be uninitialised need not be written.
    unsafe { room.set_len(count) };
    room
}

/// The numbers of a room that was written in full.
///
/// # Safety
///
/// Every value is written.
pub unsafe fn written(room: Vec<MaybeUninit<f32>>) -> Vec<f32> {
    let mut room = std::mem::ManuallyDrop::new(room);
    // SAFETY: size and alignment of both types are the same, the buffer is given up by `room`, and the caller vouches for its values.
    unsafe { Vec::from_raw_parts(room.as_mut_ptr().cast(), room.len(), room.capacity()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_visited_once_with_its_own_values() {
        for rows in [0, 1, 7, 8, 9, 64, 1_000] {
            for piece in [1, 3, 8, 100, 5_000] {
                let mut wide = vec![0usize; rows * 3];
                let mut narrow = vec![0usize; rows];
                let target = (Rows::new(&mut wide, 3), narrow.as_mut_slice());
                for_each_piece(rows, piece, target, |range, (wide, narrow)| {
                    assert!(range.len() <= piece && range.start % piece == 0, "{range:?}");
                    for ((row, wide), narrow) in range.zip(wide.into_values().chunks_exact_mut(3)).zip(narrow) {
                        wide.iter_mut().for_each(|value| *value += row + 1);
                        *narrow += row + 1;
                    }
                });
                assert!(narrow.iter().enumerate().all(|(row, value)| *value == row + 1));
                assert!(wide.iter().enumerate().all(|(index, value)| *value == index / 3 + 1));
            }
        }
    }

    #[test]
    fn pieces_are_measured_one_by_one() {
        let (sum, loops) = measure_pieces(
            || 0.0,
            || sum_of_pieces(100, 30, 2, |rows, part| part[0] += rows.len() as f32),
        );
        assert_eq!(sum, [100.0, 0.0]);
        assert_eq!(loops, [vec![0.0; 4], vec![0.0; 1]]);
        // A loop within a piece is part of the piece.
        let within = || map_pieces(2, 1, |_| map_pieces(3, 1, |rows| rows.len()).len());
        assert_eq!(measure_pieces(|| 0.0, within), (vec![3, 3], vec![vec![0.0; 2]]));
        assert_eq!(measure_pieces(|| 0.0, || ()).1, [[0.0; 0]; 0]);
    }

    #[test]
    fn values_come_in_the_order_of_their_pieces() {
        let starts = map_pieces(100, 7, |rows| (rows.start, rows.end));
        let expected: Vec<(usize, usize)> = (0..15).map(|index| (7 * index, (7 * index + 7).min(100))).collect();
        assert_eq!(starts, expected);
        assert!(map_pieces(0, 7, |rows| rows.start).is_empty());
    }

    #[test]
    fn sums_are_those_of_all_pieces_and_of_none() {
        let sum = sum_of_pieces(1_000, 8, 5_000, |rows, part| {
            part.iter_mut().for_each(|value| *value += rows.len() as f32);
        });
        assert!(sum.len() == 5_000 && sum.iter().all(|value| *value == 1_000.0));
        assert_eq!(sum_of_pieces(0, 8, 3, |_, _| unreachable!("there is no piece")), [0.0; 3]);
    }

    #[test]
    fn pieces_follow_from_the_size_of_the_work() {
        assert_eq!(piece_rows(1_124, 100.0), 71);
        assert_eq!(piece_rows(100, 1.0), 5_000, "too little to share");
        assert_eq!(piece_rows(16, 1e6), 1);
        assert_eq!(piece_rows(0, 1e6), 1);
    }
}
