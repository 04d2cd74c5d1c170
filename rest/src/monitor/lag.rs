//! How far each cube is behind its topic. Asking Kafka is slow and may hang, so the answer is kept
//! for a while, and one cube's broker does not keep the others from being shown.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cube::offsets::PartitionId;
use futures::StreamExt;
use tokio::sync::Mutex;

use crate::app::App;

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
pub(crate) struct LagCache {
    known: RwLock<Option<(Instant, Arc<Lags>)>>,
    /// Held while topics are asked, so that callers at the same time share one answer.
    asking: Mutex<()>,
}

impl LagCache {
    /// Asks again if the last answer is too old.
    pub(super) async fn get(&self, engine: &ingest::engine::Engine, cubes: &[String]) -> Arc<Lags> {
        if let Some(lags) = self.fresh() {
            return lags;
        }
        let _asking = self.asking.lock().await;
        if let Some(lags) = self.fresh() {
            return lags;
        }
        let lags = Arc::new(ask(engine, cubes).await);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), lags.clone()));
        lags
    }

    /// What is known without waiting, offsets behind by cube; what is too old is asked for again
    /// in the background.
    pub(crate) fn known(app: &Arc<App>) -> BTreeMap<String, u64> {
        let cache = &app.monitor.lag;
        if cache.fresh().is_none() && cache.asking.try_lock().is_ok() {
            let app = app.clone();
            // Always of all cubes: the answer replaces the one that everybody reads.
            tokio::spawn(async move {
                if let Ok(cubes) = app.catalog().cubes().await {
                    let names: Vec<String> = cubes.iter().map(|cube| cube.spec.name.to_string()).collect();
                    app.monitor.lag.get(&app.engine, &names).await;
                }
            });
        }
        let known = cache.known.read().unwrap_or_else(PoisonError::into_inner);
        let lags = known.iter().flat_map(|(_, lags)| lags.iter());
        lags.filter_map(|(cube, lag)| Some((cube.clone(), lag.as_ref()?.values().sum()))).collect()
    }

    fn fresh(&self) -> Option<Arc<Lags>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(at, _)| at.elapsed() < KEPT).map(|(_, lags)| lags.clone())
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
