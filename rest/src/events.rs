//! What changes, as a numbered log of which the last part is kept: whoever was cut off goes on
//! where it was, or is told to read everything again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use cube::catalog::{Change, JobFilter, now};
use cube::job::JobState;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::app::App;
use crate::wire::job::Job;
use crate::wire::schedule::Schedule;

/// Events kept for those who come back.
const KEPT: usize = 1024;

/// How often the numbers of running jobs are sent.
const TICK: Duration = Duration::from_millis(500);

/// One change.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// From 1; `None` for a passing number that nobody has to catch up with.
    pub(crate) number: Option<u64>,
    pub(crate) kind: &'static str,
    /// JSON.
    pub(crate) data: String,
}

/// The log; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Events(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Tells this run of the server from others, whose numbers mean other events.
    epoch: i64,
    log: Mutex<Log>,
    live: broadcast::Sender<Event>,
    closed: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Log {
    last: u64,
    kept: VecDeque<Event>,
}

/// What somebody sees who comes (back): first `missed`, then `live`.
pub(crate) struct Subscription {
    /// `None`: too long away.
    pub(crate) missed: Option<Vec<Event>>,
    pub(crate) live: broadcast::Receiver<Event>,
    pub(crate) closed: watch::Receiver<bool>,
}

impl Default for Events {
    fn default() -> Self {
        Self(Arc::new(Inner {
            epoch: now(),
            log: Mutex::default(),
            live: broadcast::Sender::new(KEPT),
            closed: watch::Sender::new(false),
        }))
    }
}

impl Events {
    /// The id on the wire of an event's number.
    pub(crate) fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.0.epoch)
    }

    /// `last_id`: of the last event that the subscriber has seen, if any.
    pub(crate) fn subscribe(&self, last_id: Option<&str>) -> Subscription {
        let log = self.lock();
        // Under the lock, so that nothing falls between the two.
        let live = self.0.live.subscribe();
        let missed = match last_id {
            None => Some(vec![]),
            Some(id) => self.number(id).and_then(|seen| log.since(seen)),
        };
        Subscription { missed, live, closed: self.0.closed.subscribe() }
    }

    /// Ends all streams, which would keep the server from stopping.
    pub(crate) fn close(&self) {
        self.0.closed.send_replace(true);
    }

    fn number(&self, id: &str) -> Option<u64> {
        let (epoch, number) = id.split_once('-')?;
        (epoch.parse() == Ok(self.0.epoch)).then(|| number.parse().ok()).flatten()
    }

    fn record(&self, kind: &'static str, data: &impl Serialize) {
        let Ok(data) = serde_json::to_string(data) else { return };
        let mut log = self.lock();
        log.last += 1;
        let event = Event { number: Some(log.last), kind, data };
        if log.kept.len() == KEPT {
            log.kept.pop_front();
        }
        log.kept.push_back(event.clone());
        // Nobody listens: nobody has to hear it.
        let _ = self.0.live.send(event);
    }

    fn pass(&self, kind: &'static str, data: &impl Serialize) {
        if let Ok(data) = serde_json::to_string(data) {
            let _ = self.0.live.send(Event { number: None, kind, data });
        }
    }

    fn is_watched(&self) -> bool {
        self.0.live.receiver_count() > 0
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// The events behind number `seen`; `None` if some are no longer kept.
    fn since(&self, seen: u64) -> Option<Vec<Event>> {
        if seen > self.last {
            return None;
        }
        let missing = usize::try_from(self.last - seen).ok()?;
        let kept = self.kept.len();
        (missing <= kept).then(|| self.kept.iter().skip(kept - missing).cloned().collect())
    }
}

/// Turns the changes of the engine into events, until the app is gone.
pub(crate) fn follow(app: &Arc<App>) {
    tokio::spawn(follow_changes(Arc::downgrade(app), app.engine.changes()));
    tokio::spawn(follow_progress(Arc::downgrade(app)));
}

async fn follow_changes(app: Weak<App>, mut changes: broadcast::Receiver<Change>) {
    loop {
        let change = changes.recv().await;
        let Some(app) = app.upgrade() else { return };
        match change {
            Ok(change) => record(&app, change).await,
            // What was skipped is not known: all of it has to be read again.
            Err(RecvError::Lagged(_)) => app.events.record("reset", &serde_json::json!({})),
            Err(RecvError::Closed) => return,
        }
    }
}

/// What cannot be read any more has gone, which is a change of its own.
async fn record(app: &App, change: Change) {
    match change {
        Change::Job(id) => {
            if let Ok(job) = app.engine.job(id).await {
                app.events.record("job", &Job::of(app, &job));
            }
        }
        Change::JobDropped(id) => {
            app.events.record("job_dropped", &serde_json::json!({ "uuid": id.to_string() }));
        }
        Change::Cube(name) => app.events.record("cube", &serde_json::json!({ "name": name.to_string() })),
        Change::Schedule(cube) => match app.catalog().schedule(&cube).await {
            Ok(schedule) => app.events.record("schedule", &Schedule::new(&schedule, now())),
            Err(_) => {
                app.events.record("schedule_deleted", &serde_json::json!({ "cube": cube.to_string() }));
            }
        },
    }
}

async fn follow_progress(app: Weak<App>) {
    let running = JobFilter { states: vec![JobState::Running], ..JobFilter::default() };
    loop {
        tokio::time::sleep(TICK).await;
        let Some(app) = app.upgrade() else { return };
        if !app.events.is_watched() {
            continue;
        }
        for job in app.engine.jobs(&running, 0, usize::MAX).await.unwrap_or_default() {
            app.events.pass("job", &Job::of(&app, &job));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(events: Option<Vec<Event>>) -> Option<Vec<u64>> {
        events.map(|events| events.into_iter().filter_map(|event| event.number).collect())
    }

    #[test]
    fn who_comes_back_gets_what_it_missed() {
        let events = Events::default();
        for _ in 0..3 {
            events.record("cube", &"c");
        }
        let missed = |id: &str| numbers(events.subscribe(Some(id)).missed);
        assert_eq!(missed(&events.id(1)), Some(vec![2, 3]));
        assert_eq!(missed(&events.id(3)), Some(vec![]));
        assert_eq!(numbers(events.subscribe(None).missed), Some(vec![]));
    }

    #[test]
    fn who_was_away_too_long_or_knew_another_server_reads_everything_again() {
        let events = Events::default();
        for _ in 0..KEPT + 2 {
            events.record("cube", &"c");
        }
        let missed = |id: &str| numbers(events.subscribe(Some(id)).missed);
        assert_eq!(missed(&events.id(1)), None);
        assert_eq!(missed(&events.id(2)).map(|numbers| numbers.len()), Some(KEPT));
        assert_eq!(missed(&events.id(KEPT as u64 + 3)), None, "numbers that were never given");
        for id in ["1-1", "nonsense", ""] {
            assert_eq!(missed(id), None, "{id}");
        }
    }
}
