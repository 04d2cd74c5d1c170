//! How far each cube is behind its topic. Asking Kafka is slow and may hang, so the answer is kept
//! for a while, and one cube's broker does not keep the others from being shown.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cube::offsets::PartitionId;
use futures::StreamExt;
use tokio::sync::Mutex;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(15);

/// How long one cube's topic, and all of them together, may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
const PATIENCE_IN_ALL: Duration = Duration::from_secs(8);

/// Topics asked at the same time.
const AT_ONCE: usize = 8;

/// Offsets behind by cube and partition; `None` where the topic did not answer.
pub(super) type Lags = BTreeMap<String, Option<BTreeMap<PartitionId, u64>>>;

#[derive(Debug, Default)]
pub(super) struct LagCache(Mutex<Option<(Instant, Arc<Lags>)>>);

impl LagCache {
    /// Asks again if the last answer is too old; callers at the same time share one answer.
    pub(super) async fn get(&self, engine: &ingest::engine::Engine, cubes: &[String]) -> Arc<Lags> {
        let mut kept = self.0.lock().await;
        if let Some((at, lags)) = kept.as_ref()
            && at.elapsed() < KEPT
        {
            return lags.clone();
        }
        let lags = Arc::new(ask(engine, cubes).await);
        *kept = Some((Instant::now(), lags.clone()));
        lags
    }
}

async fn ask(engine: &ingest::engine::Engine, cubes: &[String]) -> Lags {
    let mut lags: Lags = cubes.iter().map(|cube| (cube.clone(), None)).collect();
    let mut answers = futures::stream::iter(cubes.iter().cloned())
        .map(|cube| async move {
            let lag = tokio::time::timeout(PATIENCE, engine.lag(&cube)).await;
            (cube, lag.ok().and_then(Result::ok))
        })
        .buffer_unordered(AT_ONCE);
    let collect = async {
        while let Some((cube, lag)) = answers.next().await {
            lags.insert(cube, lag);
        }
    };
    // What has not answered by then stays unknown.
    let _ = tokio::time::timeout(PATIENCE_IN_ALL, collect).await;
    drop(answers);
    lags
}
