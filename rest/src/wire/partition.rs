//! Where a cube stands in each partition of its topic.

use ::cube::timeline::Timeline;
use ingest::source::TopicWatermarks;
use serde::Serialize;
use utoipa::ToSchema;

/// One partition; `null` where the topic no longer has it or the cube does not know it yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Partition {
    partition: i32,
    /// The first offset that Kafka still has.
    low: Option<i64>,
    /// The last stable offset: where a build to the tip ends.
    tip: Option<i64>,
    /// The high watermark: behind the last message, open transactions included.
    high: Option<i64>,
    /// The first offset that belongs to the cube.
    start: Option<i64>,
    /// Where the next build to the tip begins, building segments included.
    end: Option<i64>,
    /// Offsets that no segment holds yet.
    lag: Option<u64>,
    /// When Kafka was asked, milliseconds UTC.
    as_of: i64,
}

/// Every partition that the topic or the cube has, in order.
pub(crate) fn partitions(timeline: &Timeline, topic: &TopicWatermarks, as_of: i64) -> Vec<Partition> {
    let ends = timeline.ends();
    let mut ids: Vec<i32> = ends.keys().chain(topic.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let partition = |partition: i32| {
        let (held, end) = (topic.get(&partition), ends.get(&partition).copied());
        Partition {
            partition,
            low: held.map(|held| held.low),
            tip: held.map(|held| held.tip),
            high: held.map(|held| held.high),
            start: timeline.starts.get(&partition).copied(),
            end,
            lag: held.map(|held| (held.high - end.unwrap_or(held.low)).max(0) as u64),
            as_of,
        }
    };
    ids.into_iter().map(partition).collect()
}
