//! What handlers share.

use std::sync::Arc;

use cube::Result;
use cube::catalog::Catalog;

use crate::api::query::RunningQueries;
use crate::events::{self, Events};
use crate::monitor::Monitor;
use crate::security::Access;
use crate::settings::Settings;

/// The parts of a running server.
pub struct App {
    pub engine: ingest::engine::Engine,
    pub query: query::Engine,
    pub access: Access,
    pub settings: Settings,
    pub(crate) monitor: Monitor,
    pub(crate) running_queries: RunningQueries,
    pub(crate) events: Events,
}

impl App {
    /// Must be called within a Tokio runtime, on which the events of the app are followed.
    pub fn new(
        settings: Settings,
        engine: ingest::engine::Engine,
        query: query::Engine,
    ) -> Result<Arc<Self>> {
        let access = Access::new(&settings)?;
        let app = Arc::new(Self {
            engine,
            query,
            access,
            settings,
            monitor: Monitor::default(),
            running_queries: RunningQueries::default(),
            events: Events::default(),
        });
        events::follow(&app);
        Ok(app)
    }

    pub fn catalog(&self) -> &Arc<Catalog> {
        self.engine.catalog()
    }
}
