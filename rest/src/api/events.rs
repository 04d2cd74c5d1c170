//! `GET /events`: what changes, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event as SseEvent, KeepAlive};
use futures::{Stream, StreamExt};
use tokio::sync::broadcast::error::RecvError;

use super::Shared;
use crate::events::{Event, Events, Subscription};
use crate::http::Parameters;

/// A comment at least this often, so that a silent connection is known to be dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Changes of jobs, cubes and schedules from now on, or behind the event of `Last-Event-ID`.
///
/// Events: `job` (a job), `job_dropped`, `cube` (its name), `schedule`, `schedule_deleted`, and `reset`: something was
/// missed, read everything again.
#[utoipa::path(get, path = "/events", tag = "watch", params(
    ("Last-Event-ID" = Option<String>, Header, description = "of the last event that was seen; browsers send it"),
    ("lastEventId" = Option<String>, Query, description = "the same for those who cannot set headers"),
), responses((status = 200, description = "a stream that does not end", body = String, content_type = "text/event-stream")))]
pub(crate) async fn get(
    State(app): Shared,
    headers: HeaderMap,
    parameters: Parameters,
) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>>> {
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last_id = header.or(parameters.text("lastEventId"));
    let stream = stream(app.events.clone(), app.events.subscribe(last_id)).map(Ok);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("still here"))
}

fn stream(events: Events, subscription: Subscription) -> impl Stream<Item = SseEvent> {
    let Subscription { missed, live, mut closed } = subscription;
    let first = match missed {
        Some(missed) => missed.iter().map(|event| shape(&events, event)).collect(),
        None => vec![reset()],
    };
    // Headers and a first line at once, so that the client knows that it is connected.
    let hello = SseEvent::default().comment("events follow");
    let follow = futures::stream::unfold((events, live), |(events, mut live)| async move {
        let event = match live.recv().await {
            Ok(event) => shape(&events, &event),
            Err(RecvError::Lagged(_)) => reset(),
            Err(RecvError::Closed) => return None,
        };
        Some((event, (events, live)))
    });
    let closed = async move {
        // Without its sender the server is gone as well.
        let _ = closed.wait_for(|closed| *closed).await;
    };
    futures::stream::iter(std::iter::once(hello).chain(first))
        .chain(follow)
        .take_until(Box::pin(closed))
        .boxed()
}

fn shape(events: &Events, event: &Event) -> SseEvent {
    let shape = SseEvent::default().event(event.kind).data(&event.data);
    match event.number {
        Some(number) => shape.id(events.id(number)),
        None => shape,
    }
}

fn reset() -> SseEvent {
    SseEvent::default().event("reset").data("{}")
}
