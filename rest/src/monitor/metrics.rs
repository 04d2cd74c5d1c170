//! `/metrics`: everything is read at the moment of the scrape and encoded from a fresh registry.

use std::sync::atomic::{AtomicU64, Ordering};

use cube::catalog::{CubeSnapshot, JobFilter};
use cube::job::JobState;
use cube::{Error, Result};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::lag::Lags;
use crate::app::App;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CubeLabel {
    cube: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PartitionLabel {
    cube: String,
    partition: i32,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SegmentLabel {
    cube: String,
    state: &'static str,
}

/// # Errors
/// As the catalog's; a topic that does not answer is no error, its lag is left out.
pub(super) async fn text(app: &App) -> Result<String> {
    let cubes = app.catalog().snapshot().await?;
    let names: Vec<String> = cubes.iter().map(|cube| cube.spec.name.to_string()).collect();
    let lags = app.monitor.lag.get(&app.engine, &names).await;
    let open = JobFilter {
        states: vec![JobState::Pending, JobState::Running, JobState::Error],
        ..JobFilter::default()
    };
    let jobs = app.catalog().jobs(&open, 0, usize::MAX).await?;
    let jobs_in = |state| jobs.iter().filter(|job| job.state == state).count() as i64;

    let mut registry = Registry::with_prefix("kirin");
    engine_counters(&mut registry, app);
    query_metrics(&mut registry, app);
    gauge(&mut registry, "jobs_running", "Jobs that run now", jobs_in(JobState::Running));
    gauge(&mut registry, "jobs_pending", "Jobs that wait for a worker", jobs_in(JobState::Pending));
    gauge(
        &mut registry,
        "jobs_error",
        "Jobs in error, which keep their offsets reserved",
        jobs_in(JobState::Error),
    );
    cube_metrics(&mut registry, cubes.iter().map(AsRef::as_ref));
    lag_metrics(&mut registry, &lags);
    let mut text = String::new();
    encode(&mut text, &registry)
        .map_err(|error| Error::internal(format!("the metrics cannot be written: {error}")))?;
    Ok(text)
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: &AtomicU64) {
    let counter = Counter::<u64>::default();
    counter.inc_by(value.load(Ordering::Relaxed));
    registry.register(name, help, counter);
}

fn engine_counters(registry: &mut Registry, app: &App) {
    let counters = app.engine.counters();
    counter(registry, "builds_finished", "Builds that published a segment", &counters.builds_finished);
    counter(registry, "builds_failed", "Attempts of builds that failed", &counters.builds_failed);
    counter(registry, "messages_read", "Messages that builds were given by Kafka", &counters.messages_read);
    counter(registry, "read_bytes", "Bytes of their values", &counters.bytes_read);
    counter(registry, "rows_built", "Messages that became rows of published segments", &counters.rows_built);
    counter(registry, "messages_rejected", "Messages that could not be decoded", &counters.messages_rejected);
    counter(registry, "messages_filtered", "Messages left out on purpose", &counters.messages_filtered);
}

fn query_metrics(registry: &mut Registry, app: &App) {
    let queries = &app.monitor.queries;
    counter(registry, "queries", "Queries by REST", &queries.total);
    counter(registry, "queries_failed", "Queries by REST that ended in an error", &queries.failed);
    registry.register("query_seconds", "From the request to the encoded answer", queries.seconds.clone());
}

fn cube_metrics<'a>(registry: &mut Registry, cubes: impl Iterator<Item = &'a CubeSnapshot>) {
    let holes = Family::<CubeLabel, Gauge>::default();
    let segments = Family::<SegmentLabel, Gauge>::default();
    for snapshot in cubes {
        let cube = snapshot.spec.name.to_string();
        let building = snapshot.timeline.building().count();
        let ready = snapshot.timeline.segments.len() - building;
        holes.get_or_create(&CubeLabel { cube: cube.clone() }).set(snapshot.timeline.holes().len() as i64);
        for (state, count) in [("ready", ready), ("building", building)] {
            segments.get_or_create(&SegmentLabel { cube: cube.clone(), state }).set(count as i64);
        }
    }
    registry.register("cube_holes", "Holes of a cube", holes);
    registry.register("cube_segments", "Segments of a cube, published and reserved", segments);
}

fn lag_metrics(registry: &mut Registry, lags: &Lags) {
    let lag = Family::<PartitionLabel, Gauge>::default();
    let unknown = Family::<CubeLabel, Gauge>::default();
    for (cube, partitions) in lags {
        unknown.get_or_create(&CubeLabel { cube: cube.clone() }).set(i64::from(partitions.is_none()));
        for (&partition, &offsets) in partitions.iter().flatten() {
            let label = PartitionLabel { cube: cube.clone(), partition };
            lag.get_or_create(&label).set(i64::try_from(offsets).unwrap_or(i64::MAX));
        }
    }
    registry.register("cube_lag_offsets", "Offsets of the topic that no segment holds or reserves", lag);
    registry.register("cube_lag_unknown", "1 if the topic of the cube did not answer", unknown);
}
