//! Which job is next. The order is pure; the engine asks for the next one whenever a worker is free.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use cube::id::JobId;
use cube::job::Job;

/// A job's place in the line: the smallest is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    priority: Reverse<i32>,
    created_at: i64,
    id: JobId,
}

/// The jobs that wait for a worker, and how many workers are taken.
#[derive(Debug)]
pub(super) struct Queue {
    workers: usize,
    taken: usize,
    closed: bool,
    line: BTreeSet<Turn>,
    turns: HashMap<JobId, Turn>,
}

impl Queue {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            workers: workers.max(1),
            taken: 0,
            closed: false,
            line: BTreeSet::new(),
            turns: HashMap::new(),
        }
    }

    /// Puts a job into the line: before those of lower priority, and before younger ones of its own.
    pub(super) fn insert(&mut self, job: &Job) {
        self.place(Turn { priority: Reverse(job.priority), created_at: job.created_at, id: job.id });
    }

    fn place(&mut self, turn: Turn) {
        if let Some(before) = self.turns.insert(turn.id, turn) {
            self.line.remove(&before);
        }
        self.line.insert(turn);
    }

    /// Takes a job out, if it waits.
    pub(super) fn remove(&mut self, id: JobId) {
        if let Some(turn) = self.turns.remove(&id) {
            self.line.remove(&turn);
        }
    }

    /// Moves a job to another place, if it waits.
    pub(super) fn set_priority(&mut self, id: JobId, priority: i32) {
        if let Some(&turn) = self.turns.get(&id) {
            self.place(Turn { priority: Reverse(priority), ..turn });
        }
    }

    /// 1 for the next to run; `None` if it does not wait.
    pub(super) fn position(&self, id: JobId) -> Option<usize> {
        let turn = self.turns.get(&id)?;
        Some(self.line.range(..=turn).count())
    }

    /// The next job, if a worker is free for it; the worker is taken then.
    pub(super) fn start_next(&mut self) -> Option<JobId> {
        if self.closed || self.taken >= self.workers {
            return None;
        }
        let turn = self.line.pop_first()?;
        self.turns.remove(&turn.id);
        self.taken += 1;
        Some(turn.id)
    }

    /// Gives a worker back.
    pub(super) fn finish(&mut self) {
        self.taken = self.taken.saturating_sub(1);
    }

    /// No job starts any more.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }
}

#[cfg(test)]
mod tests;
