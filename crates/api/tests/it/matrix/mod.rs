//! The fault matrix: every call under every fault that the emulator can play, once and for ever,
//! before and after the deed. Of each cell is asserted that the result is right, or the error that
//! the rules say, within the deadline; that nothing is made twice; and that nothing listed is lost
//! or repeated.

mod calls;
mod cells;
mod coverage;
mod faults;
mod page;
mod rules;
mod scene;
mod sockets;
mod verdict;

use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use aep_export_emulator::Stage;

use calls::Call;
use cells::{Cell, Seen};
use faults::{Column, Times};
use scene::House;

/// Every call under every fault, in the order of the lists.
fn cells(columns: &[Column]) -> Vec<Cell<'_>> {
    let mut cells = Vec::new();
    for call in calls::all() {
        for column in columns {
            for times in Times::ALL {
                for stage in stages(call) {
                    let cell = Cell { call, column, times, stage };
                    cells.extend(cell.exists().then_some(cell));
                }
            }
        }
    }
    cells
}

/// What changes nothing is not done before or after anything.
fn stages(call: &Call) -> Vec<Option<Stage>> {
    match call.nature {
        calls::Nature::Create | calls::Nature::Cancel => {
            vec![Some(Stage::Before), Some(Stage::After)]
        }
        _ => vec![None],
    }
}

fn columns() -> &'static [Column] {
    static COLUMNS: OnceLock<Vec<Column>> = OnceLock::new();
    COLUMNS.get_or_init(faults::all)
}

/// All cells and what came of them, played once for all tests.
fn played() -> &'static [(Cell<'static>, Seen)] {
    static PLAYED: OnceLock<Vec<(Cell<'static>, Seen)>> = OnceLock::new();
    PLAYED.get_or_init(|| {
        let cells = cells(columns());
        let next = AtomicUsize::new(0);
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let mut played = thread::scope(|scope| {
            let play = || play(&cells, &next);
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(play)).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
        });
        played.sort_by_key(|(number, _)| *number);
        cells.into_iter().zip(played.into_iter().map(|(_, seen)| seen)).collect()
    })
}

/// Plays the cells that nobody plays yet, in a house of its own.
fn play(cells: &[Cell<'_>], next: &AtomicUsize) -> Vec<(usize, Seen)> {
    finish(async {
        let house = House::build().await;
        let mut played = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(cell) = cells.get(number) else { return played };
            played.push((number, cell.play(&house, number as u64).await));
        }
    })
}

/// Runs `work` to its end. Nothing goes on elsewhere, so there is always something to do.
fn finish<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
}

#[test]
fn every_call_under_every_fault_does_as_the_rules_say() {
    let complaints: Vec<_> =
        played().iter().filter_map(|(cell, seen)| cell.complaint(seen)).collect();
    let (all, wrong) = (played().len(), complaints.len());
    assert!(complaints.is_empty(), "{wrong} of {all} cells:\n{}", complaints.join("\n"));
}
