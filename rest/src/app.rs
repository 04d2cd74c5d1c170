//! What handlers share.

use std::sync::Arc;

use cube::Result;
use cube::catalog::Catalog;

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
}

impl App {
    pub fn new(
        settings: Settings,
        engine: ingest::engine::Engine,
        query: query::Engine,
    ) -> Result<Arc<Self>> {
        let access = Access::new(&settings)?;
        Ok(Arc::new(Self { engine, query, access, settings, monitor: Monitor::default() }))
    }

    pub fn catalog(&self) -> &Arc<Catalog> {
        self.engine.catalog()
    }
}
